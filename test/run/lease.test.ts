import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { holdLease } from '../../lib/run/hold-lease.ts';
import { acquireLease } from '../../lib/store/lease.ts';
import { bundle, heard, itemsOf, world } from './world.ts';

const here = world();
const shared = { exclusive: false } as const;

describe('a run on a shared table', () => {
  it('is refused while another one is at work, and changes nothing', async () => {
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow: Channel = {
      name: 'slow',
      deliver: () => {
        reached.resolve();
        return held.promise;
      },
    };
    const policy = { ...DEFAULT_POLICY, unreachableAfter: 1 };
    const first = here.run([bundle('file', '/nowhere/dead.pem')], { ...shared, policy, channels: [slow] });
    await reached.promise;
    const before = await itemsOf(here.table);
    await expect(here.run([], shared)).rejects.toThrow(/^another run is at work on table /);
    expect(await itemsOf(here.table)).toEqual(before);
    held.resolve();
    expect(await first).toMatchObject({ run: { targets: 1 } });
    await expect(here.run([], shared)).resolves.toMatchObject({ withdrawn: 1 });
    expect((await itemsOf(here.table)).filter(({ pk }) => String(pk).startsWith('LEASE#'))).toEqual([]);
  });

  it('begins once the lease of one that was killed has run out', async () => {
    await acquireLease(here.table, 'run', 'killed', here.now, 5 * 60_000);
    here.pass({ minutes: 4 });
    await expect(here.run([], shared)).rejects.toThrow('another run is at work');
    here.pass({ minutes: 2 });
    await expect(here.run([], shared)).resolves.toMatchObject({ told: [] });
  });

  it('that stood still for longer than its lease says nothing any more, and the next one says it all', async () => {
    const targets = [bundle('file', '/nowhere/dead.pem')];
    const policy = { ...DEFAULT_POLICY, unreachableAfter: 1 };
    const told: unknown[] = [];
    const channel: Channel = { name: 'test', deliver: async (digest) => void told.push(digest) };
    const stalled = here.run(targets, {
      ...shared,
      policy,
      channels: [channel],
      onLook: () => here.pass({ minutes: 6 }),
    });
    await expect(stalled).rejects.toThrow('this run lost its lease on the table to another one and stopped');
    expect(told).toEqual([]);
    const next = await here.run(targets, { ...shared, policy });
    expect(heard(next.told)).toEqual(['- baseline: baseline could-not-observe warning']);
  });

  it('does not give away a lease that passed to somebody else', async () => {
    const lease = await holdLease(here.table, 'one', () => here.now);
    here.pass({ minutes: 6 });
    const next = await holdLease(here.table, 'two', () => here.now);
    await lease.release();
    await expect(here.run([], shared)).rejects.toThrow('another run is at work');
    await next.release();
    await expect(here.run([], shared)).resolves.toMatchObject({ told: [] });
  });
});
