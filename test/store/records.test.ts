import { describe, expect, it } from 'vitest';
import type { Run, SourceHealth } from '../../lib/core/run.ts';
import type { HistoryEvent } from '../../lib/core/state.ts';
import { listHistory, putHistory } from '../../lib/store/history.ts';
import { acquireLease, releaseLease } from '../../lib/store/lease.ts';
import { latestRuns, putRun } from '../../lib/store/runs.ts';
import { getSource, listSources, putSource } from '../../lib/store/sources.ts';
import { fingerprintOf } from './samples.ts';
import { all, storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

describe('history', () => {
  it('is read from either end', async () => {
    const target = 'endpoint:history.example:443';
    const events: HistoryEvent[] = [1, 2, 3].map((day) => ({
      target,
      at: `2026-11-0${day}T00:00:00Z`,
      event: 'changed',
      certificates: [fingerprintOf(`day ${day}`)],
      summary: `day ${day}`,
    }));
    for (const event of [...events, ...events]) await putHistory(table(), event);

    expect(await all(listHistory(table(), target))).toEqual(events);
    expect(await all(listHistory(table(), target, { newestFirst: true, limit: 2 }))).toEqual([
      events[2],
      events[1],
    ]);
    expect(await all(listHistory(table(), target, { limit: 0 }))).toEqual([]);
    expect(await all(listHistory(table(), 'endpoint:unknown.example:443'))).toEqual([]);
  });
});

describe('runs', () => {
  it('are replaced when finished and listed from the latest', async () => {
    const run = (id: string, startedAt: string): Run => ({
      id,
      startedAt,
      finishedAt: null,
      targets: 3,
      planned: 2,
      observed: 0,
      failed: 0,
      alerts: 0,
      digests: 0,
    });
    const early = run('a', '2026-10-31T23:59:59Z');
    const late = run('b', '2026-11-01T00:00:00Z');
    for (const one of [late, early]) await putRun(table(), one);
    await putRun(table(), { ...late, finishedAt: '2026-11-01T00:01:00Z', observed: 2 });

    expect(await latestRuns(table(), 5)).toEqual([
      { ...late, finishedAt: '2026-11-01T00:01:00Z', observed: 2 },
      early,
    ]);
    expect(await latestRuns(table(), 1)).toHaveLength(1);
    expect(await latestRuns(table(), 0)).toEqual([]);
  });
});

describe('the health of a source', () => {
  it('is that of the latest run', async () => {
    const health: SourceHealth = {
      source: 'truststore',
      lastRunAt: '2026-11-20T10:00:00Z',
      firstCompleteAt: '2026-11-01T00:00:00Z',
      listed: 4,
      parsed: 3,
      skipped: 0,
      denied: 1,
    };
    expect(await getSource(table(), 'truststore')).toBeUndefined();
    expect(await putSource(table(), health)).toBe('written');

    expect(await putSource(table(), { ...health, lastRunAt: '2026-11-20T09:00:00Z', denied: 4 })).toBe(
      'stale',
    );
    expect(await getSource(table(), 'truststore')).toEqual(health);
    expect(await listSources(table())).toEqual([health]);
  });
});

describe('a lease', () => {
  const now = new Date('2026-11-20T10:00:00Z');
  const later = (ms: number) => new Date(now.getTime() + ms);

  it('has one holder until it ends or is given back', async () => {
    const take = (holder: string, at: Date) => acquireLease(table(), 'turns', holder, at, 60_000);
    expect(await take('one', now)).toBe(true);
    expect(await take('two', later(59_999))).toBe(false);
    expect(await take('one', later(30_000))).toBe(true);
    expect(await take('two', later(60_000))).toBe(false);
    expect(await take('two', later(90_000))).toBe(true);

    await releaseLease(table(), 'turns', 'one');
    expect(await take('one', later(90_001))).toBe(false);
    await releaseLease(table(), 'turns', 'two');
    expect(await take('one', later(90_002))).toBe(true);
  });

  it('goes to exactly one of many who ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        acquireLease(table(), 'crowd', `holder ${index}`, now, 60_000),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
});
