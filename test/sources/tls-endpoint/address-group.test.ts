import { describe, expect, test } from 'vitest';
import type { AddressObservation } from '../../../lib/core/observation.ts';
import { createLimit } from '../../../lib/sources/limit.ts';
import { startGroup } from '../../../lib/sources/tls-endpoint/address-group.ts';
import type { Conversation } from '../../../lib/sources/tls-endpoint/conversation.ts';

const ADDRESS = '192.0.2.1';
const OUT: AddressObservation = { address: ADDRESS, failure: { reason: 'out_of_sockets' }, elapsedMs: 0 };
const REFUSED: AddressObservation = {
  address: ADDRESS,
  failure: { reason: 'connect_refused' },
  elapsedMs: 0,
};

const ended = (seen: AddressObservation): Conversation => ({
  done: Promise.resolve(seen),
  expire: () => undefined,
  endIfPouring: () => undefined,
});

const turn = () => new Promise(setImmediate);

/** How many units are free: those that can be taken at once. */
async function freeIn(limit: ReturnType<typeof createLimit>): Promise<number> {
  let free = 0;
  for (let unit = 0; unit < limit.capacity; unit += 1) void limit.take().then(() => (free += 1));
  await turn();
  return free;
}

describe('a group without a descriptor', () => {
  test('makes the limit smaller once, however often it tries, and as large again after a while', async () => {
    const sockets = createLimit(8);
    await sockets.take(2);
    let attempts = 0;
    const group = startGroup<null>({
      addresses: [ADDRESS],
      budgetMs: 60_000,
      sockets,
      reserve: () => 0,
      begin: () => ended(++attempts <= 5 ? OUT : REFUSED),
      look: (speak) => speak(null),
    });
    for (let failed = 1; failed < 5; failed += 1) {
      await turn();
      sockets.give();
      await sockets.take();
    }
    await turn();
    expect(attempts).toBe(5);
    sockets.give();
    expect(await group.done).toEqual([REFUSED]);
    expect(await freeIn(sockets)).toBe(7);
    const calm = startGroup<null>({
      addresses: [ADDRESS],
      budgetMs: 60_000,
      sockets,
      reserve: () => 0,
      begin: () => ended(REFUSED),
      look: async (speak) => {
        for (let success = 0; success < 60; success += 1) await speak(null);
        return speak(null);
      },
    });
    await calm.done;
    sockets.give(6);
    // One of the eight was queued for before and has it now.
    expect(await freeIn(sockets)).toBe(7);
  });

  test('leaves nobody behind who would be woken in the place of others', async () => {
    const sockets = createLimit(8);
    await sockets.take(3);
    const group = startGroup<null>({
      addresses: [ADDRESS],
      budgetMs: 60_000,
      sockets,
      reserve: () => 0,
      begin: () => ended(OUT),
      look: (speak) => speak(null),
    });
    await turn();
    group.expire();
    expect(await group.done).toEqual([OUT]);
    let woken = false;
    void sockets.nextReturn().done.then(() => {
      woken = true;
    });
    sockets.give();
    await turn();
    expect(woken).toBe(true);
  });
});

describe('a turn', () => {
  const answered: AddressObservation = { ...REFUSED, elapsedMs: 1 };

  test('that is waited for takes nothing from the time for conversations', async () => {
    const sockets = createLimit(1);
    await sockets.take();
    const group = startGroup<null>({
      addresses: [ADDRESS],
      budgetMs: 40,
      sockets,
      reserve: () => 30,
      begin: () => ended(answered),
      look: async (speak) => {
        for (let step = 0; step < 4; step += 1) await speak(null);
        return speak(null);
      },
    });
    expect(await group.done).toEqual([answered]);
  });

  test('is neither reserved nor waited for once the time is up', async () => {
    const sockets = createLimit(1);
    await sockets.take();
    let reserved = 0;
    const group = startGroup<null>({
      addresses: [ADDRESS],
      budgetMs: 60_000,
      sockets,
      reserve: () => {
        reserved += 1;
        return 60_000;
      },
      begin: () => ended(answered),
      look: async (speak) => {
        for (let step = 0; step < 4; step += 1) await speak(null);
        return speak(null);
      },
    });
    await turn();
    expect(reserved).toBe(1);
    group.expire();
    expect((await group.done)[0]?.failure?.reason).toBe('handshake_timeout');
    expect(reserved).toBe(1);
  });

  test('that is waited for at one address does not stop the time of another', async () => {
    const sockets = createLimit(2);
    await sockets.take(2);
    const silent = Promise.withResolvers<AddressObservation>();
    const timedOut: AddressObservation = { ...REFUSED, failure: { reason: 'handshake_timeout' } };
    const group = startGroup<null>({
      addresses: [ADDRESS, '192.0.2.2'],
      budgetMs: 20,
      sockets,
      reserve: () => 60_000,
      begin: (address) =>
        address === ADDRESS
          ? ended(answered)
          : { ...ended(answered), done: silent.promise, expire: () => silent.resolve(timedOut) },
      look: async (speak) => {
        await speak(null);
        return speak(null);
      },
    });
    const reasons = (await group.done).map(({ failure }) => failure?.reason);
    expect(reasons).toEqual(['handshake_timeout', 'handshake_timeout']);
  });
});
