import { describe, expect, it } from 'vitest';
import type { Alert, Digest } from '../../lib/core/alert.ts';
import type { LedgerEntry } from '../../lib/core/ledger.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { deliver } from '../../lib/run/deliver.ts';
import { listDigests, undeliveredDigests } from '../../lib/store/digests.ts';
import { saveLedger, undeliveredLedger } from '../../lib/store/ledger.ts';
import { all } from '../store/store-under-test.ts';
import { bundle, heard, world } from './world.ts';

const here = world();

/** A channel that takes digests, or refuses them with a sentence. */
function channel(name: string, refusal?: string) {
  const got: Digest[] = [];
  const deliver: Channel['deliver'] = async (digest) => {
    got.push(digest);
    if (refusal !== undefined) throw new Error(refusal);
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
    expect(first.failures).toEqual(['webhook: it answered 500']);
    expect(first.run).toMatchObject({ alerts: 1, digests: 0 });
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
    const [waiting] = await all(undeliveredDigests(here.table));
    expect(Object.keys(waiting?.delivered ?? {})).toEqual(['terminal']);

    here.pass({ minutes: 20 });
    const mended = channel('webhook');
    const second = await here.run([dead('a')], { ...once, channels: [good, mended] });
    expect(second.run).toMatchObject({ alerts: 0, digests: 1 });
    expect(good.got).toHaveLength(1);
    expect(mended.got.map(({ id, alerts }) => ({ id, alerts }))).toEqual(
      bad.got.map(({ id, alerts }) => ({ id, alerts })),
    );
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
  });

  it('does not keep the others from theirs, nor the next digest from being tried', async () => {
    const bad = channel('webhook', 'no');
    const good = channel('terminal');
    const { failures } = await here.run([dead('a'), dead('b')], { ...once, channels: [bad, good] });
    expect(failures).toEqual(['webhook: no', 'webhook: no']);
    expect([...heard(good.got)].sort()).toEqual([
      'a baseline: baseline could-not-observe warning',
      'b baseline: baseline could-not-observe warning',
    ]);
  });

  it('is not waited for once it is no longer configured', async () => {
    const good = channel('terminal');
    await here.run([dead('a')], { ...once, channels: [good, channel('webhook', 'gone')] });
    here.pass({ minutes: 20 });
    await here.run([dead('a')], { ...once, channels: [good] });
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
    expect(good.got).toHaveLength(1);
    expect(await all(listDigests(here.table))).toMatchObject([{ done: true }]);
  });
});

describe('a digest', () => {
  it('that is too large to be stored whole is sent as it is stored, the first time and again', async () => {
    const entries = Array.from({ length: 120 }, (_, index) => entry(`file:/${index}.pem`, 'x'.repeat(4_500)));
    await saveLedger(here.table, entries);
    const bad = channel('test', 'no');
    const good = channel('test');
    await deliver(here.table, [bad], entries, 'run-1', here.now);
    await deliver(here.table, [good], [], 'run-2', here.now);
    expect(bad.got).toHaveLength(1);
    expect(good.got).toEqual(bad.got);
    const [{ alerts, omitted } = { alerts: [], omitted: 0 }] = good.got;
    expect(alerts.length + omitted).toBe(120);
    expect(omitted).toBeGreaterThan(0);
  });

  it('carries what another process decided and did not live to send', async () => {
    await saveLedger(here.table, [entry('file:/a.pem', 'expires')]);
    const { told } = await here.run([]);
    expect(told.map(({ alerts }) => alerts.map(({ message }) => message))).toEqual([['expires']]);
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
  });
});

function entry(target: string, message: string): LedgerEntry {
  const opinion = { check: 'expiring', severity: 'warning', rung: 'warning', message, advice: '' } as const;
  const alert: Alert = {
    id: `${target}|expiring|-|1|warning`,
    event: 'opened',
    target,
    owner: null,
    fingerprint: null,
    missed: [],
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
