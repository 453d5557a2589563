import { describe, expect, it } from 'vitest';
import type { Alert, Digest } from '../../lib/core/alert.ts';
import type { LedgerEntry } from '../../lib/core/ledger.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { type DeliveryOptions, deliver } from '../../lib/run/deliver.ts';
import { listDigests, undeliveredDigests } from '../../lib/store/digests.ts';
import { saveLedger, undeliveredLedger } from '../../lib/store/ledger.ts';
import { all } from '../store/store-under-test.ts';
import { bundle, heard, itemsOf, world } from './world.ts';

const here = world();

/** A channel that takes digests, or refuses them with a sentence. */
function channel(name: string, refusal?: string, permanent?: boolean) {
  const got: Digest[] = [];
  const deliver: Channel['deliver'] = async (digest) => {
    got.push(digest);
    if (refusal !== undefined) throw Object.assign(new Error(refusal), { permanent });
  };
  return { name, deliver, got };
}

const dead = (owner: string) => bundle('file', `/nowhere/${owner}.pem`, { owner });
const once = { policy: { ...DEFAULT_POLICY, unreachableAfter: 1 } };

describe('a channel that refuses', () => {
  it('gets the same digest under the same id in the next run, and nobody else gets it again', async () => {
    const good = channel('terminal');
    const bad = channel('webhook', 'it answered 500');
    const first = await here.run([dead('a')], { ...once, channels: [good, bad] });
    expect(first.failures).toEqual(['webhook: it answered 500 (1 kept for the next run)']);
    expect(first).toMatchObject({ run: { alerts: 1, digests: 1 }, late: 0 });
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
    const [waiting] = await all(undeliveredDigests(here.table));
    expect(waiting?.channels).toEqual(['terminal', 'webhook']);
    expect(Object.keys(waiting?.delivered ?? {})).toEqual(['terminal']);

    here.pass({ minutes: 20 });
    const mended = channel('webhook');
    const second = await here.run([dead('a')], { ...once, channels: [good, mended] });
    expect(second).toMatchObject({ run: { alerts: 0, digests: 0 }, late: 1, failures: [] });
    expect(good.got).toHaveLength(1);
    expect(mended.got.map(({ id, alerts }) => ({ id, alerts }))).toEqual(
      bad.got.map(({ id, alerts }) => ({ id, alerts })),
    );
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
  });

  it('does not keep the others from theirs, and is left alone for the rest of the run', async () => {
    const bad = channel('webhook', 'no');
    const good = channel('terminal');
    const { failures } = await here.run([dead('a'), dead('b'), dead('c')], {
      ...once,
      channels: [bad, good],
    });
    expect(failures).toEqual(['webhook: no (3 kept for the next run)']);
    expect(bad.got).toHaveLength(1);
    expect([...heard(good.got)].sort()).toEqual([
      'a baseline: baseline could-not-observe warning',
      'b baseline: baseline could-not-observe warning',
      'c baseline: baseline could-not-observe warning',
    ]);
    here.pass({ minutes: 20 });
    const mended = channel('webhook');
    expect(await here.run([], { ...once, channels: [mended, good] })).toMatchObject({ late: 3 });
    // The three that were kept, and what the withdrawals have to say.
    expect(mended.got).toHaveLength(6);
  });

  it('one digest for good gets the next ones all the same', async () => {
    const picky = channel('webhook', 'it answered 413', true);
    const { failures } = await here.run([dead('a'), dead('b')], { ...once, channels: [picky] });
    expect(failures).toEqual(['webhook: it answered 413 (2 kept for the next run)']);
    expect(picky.got).toHaveLength(2);
  });

  it('is waited for by a run that has no configuration, and no longer once it is not configured', async () => {
    const good = channel('terminal');
    await here.run([dead('a')], { ...once, channels: [good, channel('webhook', 'gone')] });
    here.pass({ minutes: 20 });
    const blind = await here.run([dead('a')], { ...once, channels: [good], channelsComplete: false });
    expect(blind).toMatchObject({ late: 0, failures: [] });
    expect(await all(undeliveredDigests(here.table))).toHaveLength(1);

    here.pass({ minutes: 20 });
    expect(await here.run([dead('a')], { ...once, channels: [good] })).toMatchObject({ late: 1 });
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
    expect(good.got).toHaveLength(1);
    expect(await all(listDigests(here.table))).toMatchObject([{ done: true }]);
  });

  it('takes what waited for it after runs without a configuration', async () => {
    const good = channel('terminal');
    await here.run([dead('a')], { ...once, channels: [good, channel('webhook', 'down')] });
    here.pass({ minutes: 20 });
    await here.run([dead('a')], { ...once, channels: [good], channelsComplete: false });
    here.pass({ minutes: 20 });
    const mended = channel('webhook');
    await here.run([dead('a')], { ...once, channels: [good, mended] });
    expect(mended.got).toHaveLength(1);
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
  });
});

describe('a run that may not speak any more', () => {
  const stop = () => {
    throw new Error('told to stop');
  };

  it('stores and hands over nothing, and the next one says it all', async () => {
    await saveLedger(here.table, [entry('file:/a.pem', 'expires')]);
    const before = await itemsOf(here.table);
    const first = channel('test');
    await expect(send([first], { fence: stop })).rejects.toThrow('told to stop');
    expect(first.got).toEqual([]);
    expect(await itemsOf(here.table)).toEqual(before);

    const next = channel('test');
    await send([next]);
    expect(next.got.map(({ alerts }) => alerts.map(({ message }) => message))).toEqual([['expires']]);
  });

  it('ends between two digests, and the next one goes on from there', async () => {
    await saveLedger(here.table, [
      entry('file:/a.pem', 'first', { severity: 'critical' }),
      entry('file:/b.pem', 'second'),
    ]);
    const first = channel('test');
    const fence = () => {
      if (first.got.length > 0) stop();
    };
    await expect(send([first], { fence })).rejects.toThrow('told to stop');
    const next = channel('test');
    expect(await send([next])).toMatchObject({ alerts: 0, digests: 0, late: 1 });
    const messages = [first, next].map(({ got }) =>
      got.map(({ alerts }) => alerts.map((each) => each.message)),
    );
    expect(messages).toEqual([[['first']], [['second']]]);
  });
});

describe('a digest', () => {
  it('of more news than one message holds is followed by others: nothing is left out', async () => {
    const entries = Array.from({ length: 230 }, (_, index) =>
      entry(`file:/${index}.pem`, `expires ${index}`),
    );
    await saveLedger(here.table, entries);
    const good = channel('test');
    expect(await send([good])).toEqual({
      alerts: 230,
      digests: 3,
      late: 0,
      waiting: 0,
      canaries: 0,
      failures: [],
    });
    expect(good.got.map(({ alerts, omitted }) => [alerts.length, omitted])).toEqual([
      [100, 0],
      [100, 0],
      [30, 0],
    ]);
    expect(new Set(good.got.flatMap(({ alerts }) => alerts.map(({ id }) => id))).size).toBe(230);
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
  });

  it('of a first look names the most urgent findings and counts the others', async () => {
    const entries = Array.from({ length: 130 }, (_, index) =>
      entry(`file:/${index}.pem`, 'expires', { event: 'baseline' }),
    );
    await saveLedger(here.table, entries);
    const good = channel('test');
    await send([good]);
    expect(good.got).toMatchObject([{ class: 'baseline', omitted: 30 }]);
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
  });

  it('that is too large to be stored whole is sent as it is stored, the first time and again, and the rest after it', async () => {
    const entries = Array.from({ length: 100 }, (_, index) => entry(`file:/${index}.pem`, 'x'.repeat(4_500)));
    await saveLedger(here.table, entries);
    const bad = channel('test', 'no', true);
    const good = channel('test');
    await send([bad]);
    await send([good], { runId: 'run-2' });
    expect(bad.got).toHaveLength(2);
    expect(good.got).toEqual(bad.got);
    expect(good.got.map(({ omitted }) => omitted)).toEqual([0, 0]);
    expect(new Set(good.got.flatMap(({ alerts }) => alerts.map(({ id }) => id))).size).toBe(100);
  });

  it('carries what another process decided and did not live to send', async () => {
    await saveLedger(here.table, [entry('file:/a.pem', 'expires')]);
    const { told } = await here.run([]);
    expect(told.map(({ alerts }) => alerts.map(({ message }) => message))).toEqual([['expires']]);
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
  });
});

/** One delivery of what is stored. */
function send(channels: readonly Channel[], options: Partial<DeliveryOptions> = {}) {
  return deliver(here.table, [], {
    channels,
    channelsComplete: true,
    isComplete: () => true,
    runId: 'run-1',
    now: here.now,
    fence: () => {},
    ...options,
  });
}

function entry(
  target: string,
  message: string,
  facts: Partial<Pick<Alert, 'event' | 'severity'>> = {},
): LedgerEntry {
  const { severity = 'warning', event = 'opened' } = facts;
  const opinion = { check: 'expiring', severity, rung: 'warning', message, advice: '' } as const;
  const alert: Alert = {
    id: `${target}|expiring|-|1|warning`,
    event,
    target,
    owner: null,
    fingerprint: null,
    missed: [],
    episode: 1,
    leaveBy: '2026-11-20T12:00:00Z',
    latestBy: '2026-11-20T12:00:00Z',
    decidedAt: '2026-11-20T12:00:00Z',
    ...opinion,
  };
  return {
    target,
    story: 'expiring',
    fingerprint: null,
    episode: 1,
    state: 'open',
    announced: 'warning',
    openedAt: '2026-11-20T12:00:00Z',
    pending: [alert],
    version: 1,
    ...opinion,
  };
}
