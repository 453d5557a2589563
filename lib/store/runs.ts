import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Run } from '../core/run.ts';
import { itemOf, recordOf, ttlAfter } from './codec.ts';
import { queryItems } from './query.ts';
import { RUNS } from './schema.ts';
import type { Table } from './table.ts';
import { deleteIf } from './write.ts';

const KEPT_DAYS = 90;

/** Writes a finished run. */
export async function putRun(table: Table, run: Run): Promise<void> {
  const key = { pk: RUNS, sk: `${run.startedAt}#${run.id}` };
  const item = itemOf(key, run, { ttl: ttlAfter(run.startedAt, KEPT_DAYS) });
  await table.client.send(new PutCommand({ TableName: table.name, Item: item }));
}

/** Runs, the latest first, at most `limit`. */
export async function latestRuns(table: Table, limit: number): Promise<readonly Run[]> {
  const runs: Run[] = [];
  if (limit < 1) return runs;
  for await (const item of queryItems(table, { partition: RUNS, newestFirst: true, pageSize: limit })) {
    runs.push(
      recordOf<Run>(item, {
        id: '',
        startedAt: '',
        finishedAt: null,
        targets: 0,
        planned: 0,
        observed: 0,
        failed: 0,
        alerts: 0,
        digests: 0,
      }),
    );
    if (runs.length === limit) break;
  }
  return runs;
}

/** Forgets runs after `instant` (ISO 8601): the clock that says so was wrong. */
export async function forgetRuns(table: Table, instant: string): Promise<void> {
  for await (const { pk, sk } of queryItems(table, { partition: RUNS, between: [`${instant}#~`, '~'] })) {
    await deleteIf(table, { pk: String(pk), sk: String(sk) }, { expression: 'attribute_exists(pk)' });
  }
}
