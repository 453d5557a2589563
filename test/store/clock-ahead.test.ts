import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Run, SourceHealth } from '../../lib/core/run.ts';
import { recordContent, redateContent } from '../../lib/store/content.ts';
import { acquireLease, forgetLease } from '../../lib/store/lease.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { forgetRuns, latestRuns, putRun } from '../../lib/store/runs.ts';
import { targetPartition } from '../../lib/store/schema.ts';
import { listSources, putSource, redateSources } from '../../lib/store/sources.ts';
import { forgetState, readStates, recordState } from '../../lib/store/state.ts';
import { deleteIf } from '../../lib/store/write.ts';
import { endpointContent, fingerprintOf, targetState } from './samples.ts';
import { storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

const now = '2026-11-20T12:00:00Z';
const before = '2026-11-20T11:59:59Z';
const ahead = '2027-12-25T12:00:00Z';

describe('what was stored by a clock that was ahead', () => {
  it('is a state that is forgotten; others are left alone', async () => {
    const ids = [before, now, ahead].map((at) => `endpoint:${at}.example:443`);
    for (const [index, observedAt] of [before, now, ahead].entries()) {
      await recordState(table(), targetState(ids[index] ?? '', { observedAt }), undefined);
    }
    for (const id of [...ids, 'endpoint:unknown.example:443']) await forgetState(table(), id, now);

    expect([...(await readStates(table(), ids)).keys()].toSorted()).toEqual(ids.slice(0, 2).toSorted());
  });

  it('is a content that is dated back; others are left alone, and what is not there stays away', async () => {
    const content = endpointContent([fingerprintOf('leaf')]);
    const dateOf = async (id: string) => {
      const Key = { pk: targetPartition(id), sk: 'CONTENT' };
      const { Item: item } = await table().client.send(new GetCommand({ TableName: table().name, Key }));
      return item?.['observedAt'];
    };
    for (const [at, date] of [
      [before, before],
      [now, now],
      [ahead, now],
    ] as const) {
      const id = `endpoint:content-${at}.example:443`;
      await recordContent(table(), id, content, at);
      await redateContent(table(), id, now);
      expect(await dateOf(id)).toBe(date);
      expect((await readTarget(table(), id)).content).toEqual(content);
    }
    await redateContent(table(), 'endpoint:unknown.example:443', now);
    expect(await readTarget(table(), 'endpoint:unknown.example:443')).toEqual({ ledger: [] });
  });

  it('is the health of sources, which are dated back with what was true before', async () => {
    const health = (source: SourceHealth['source'], lastRunAt: string, firstCompleteAt: string | null) =>
      ({ source, lastRunAt, firstCompleteAt, listed: 4, parsed: 3, skipped: 0, denied: 1 }) as const;
    await putSource(table(), health('endpoint', before, before));
    await putSource(table(), health('truststore', ahead, before));
    await putSource(table(), health('file', ahead, ahead));
    await redateSources(table(), now);

    expect(await listSources(table())).toEqual([
      health('endpoint', before, before),
      health('file', now, null),
      health('truststore', now, before),
    ]);
  });

  it('is the runs after now', async () => {
    const run = (id: string, startedAt: string): Run => {
      const counts = { targets: 3, planned: 2, observed: 0, failed: 0, alerts: 0, digests: 0 };
      return { id, startedAt, finishedAt: startedAt, ...counts };
    };
    for (const [index, at] of [before, now, '2026-11-20T12:00:01Z', ahead].entries()) {
      await putRun(table(), run(`run-${index}`, at));
    }
    await forgetRuns(table(), now);

    expect((await latestRuns(table(), 9)).map(({ id }) => id)).toEqual(['run-1', 'run-0']);
  });

  it('is a lease that lasts longer than any can', async () => {
    const take = (holder: string, at: string) => acquireLease(table(), 'ahead', holder, new Date(at), 60_000);
    await take('killed', ahead);
    expect(await take('next', now)).toBe(false);
    await forgetLease(table(), 'ahead', new Date(Date.parse(now) + 120_000));
    expect(await take('next', now)).toBe(true);
    await forgetLease(table(), 'ahead', new Date(Date.parse(now) + 120_000));
    expect(await take('another', now)).toBe(false);
  });
});

describe('deleting an item on a condition', () => {
  it('deletes it only where the condition holds, and does not mind where there is none', async () => {
    const id = 'endpoint:delete.example:443';
    const key = { pk: targetPartition(id), sk: 'STATE' };
    const failing = (count: number) => ({ expression: 'failures = :count', values: { ':count': count } });
    await recordState(table(), targetState(id, { failures: 2 }), undefined);
    await deleteIf(table(), key, failing(1));
    expect((await readTarget(table(), id)).state).toBeDefined();
    await deleteIf(table(), key, failing(2));
    expect((await readTarget(table(), id)).state).toBeUndefined();
    await deleteIf(table(), key, failing(2));
    await deleteIf(table(), key, { expression: 'attribute_not_exists(pk)' });
  });
});
