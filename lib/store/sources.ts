import type { SourceHealth } from '../core/run.ts';
import { batchWrite } from './batch.ts';
import { itemOf, recordOf } from './codec.ts';
import { queryItems } from './query.ts';
import { SOURCES, sourceKey } from './schema.ts';
import type { Outcome } from './state.ts';
import type { Table } from './table.ts';
import { putIf } from './write.ts';

/** Remembers the health of a source, unless that of a later run is stored already. */
export async function putSource(table: Table, health: SourceHealth): Promise<Outcome> {
  const condition = {
    expression: 'attribute_not_exists(pk) OR attribute_not_exists(lastRunAt) OR lastRunAt <= :run',
    values: { ':run': health.lastRunAt },
  };
  return (await putIf(table, itemOf(sourceKey(health.source), health), condition)) ? 'written' : 'stale';
}

/** The health of one source; undefined before its first run. */
export async function getSource(table: Table, source: string): Promise<SourceHealth | undefined> {
  return (await listSources(table)).find((health) => health.source === source);
}

/** The health of every source that ever ran, by its id. */
export async function listSources(table: Table): Promise<readonly SourceHealth[]> {
  const sources: SourceHealth[] = [];
  for await (const item of queryItems(table, { partition: SOURCES })) {
    const health = recordOf<SourceHealth>(item, {
      source: '',
      lastRunAt: '',
      firstCompleteAt: null,
      listed: 0,
      parsed: 0,
      skipped: 0,
      denied: 0,
    });
    if (health.source !== '') sources.push(health);
  }
  return sources;
}

/** Forgets a source that is not asked any more. */
export async function forgetSource(table: Table, source: string): Promise<void> {
  await batchWrite(table, [{ remove: sourceKey(source) }]);
}

/**
 * Dates what was noted of sources after `instant` (ISO 8601) back to it: the clock that says so was wrong. A first day
 * that it alone saw the end of is still to come.
 */
export async function redateSources(table: Table, instant: string): Promise<void> {
  for (const health of await listSources(table)) {
    if (health.lastRunAt <= instant) continue;
    const { source, lastRunAt, firstCompleteAt } = health;
    const first = firstCompleteAt !== null && firstCompleteAt > instant ? null : firstCompleteAt;
    await putIf(table, itemOf(sourceKey(source), { ...health, lastRunAt: instant, firstCompleteAt: first }), {
      expression: 'lastRunAt = :seen',
      values: { ':seen': lastRunAt },
    });
  }
}
