import { describe, expect, test } from 'vitest';
import { createLimit } from '../../lib/sources/limit.ts';

/** Whether a promise is settled once everything that is due has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise(setImmediate);
  return done;
}

describe('a limit', () => {
  test('grants up to its capacity and queues the rest in order', async () => {
    const limit = createLimit(2);
    await limit.take();
    await limit.take();
    const order: string[] = [];
    const third = limit.take().then(() => order.push('third'));
    const fourth = limit.take().then(() => order.push('fourth'));
    expect(await settled(third)).toBe(false);
    limit.give();
    limit.give();
    await Promise.all([third, fourth]);
    expect(order).toEqual(['third', 'fourth']);
  });

  test('does not let small requests overtake a large one', async () => {
    const limit = createLimit(3);
    await limit.take(2);
    const large = limit.take(3);
    const small = limit.take(1);
    expect(await settled(small)).toBe(false);
    limit.give(2);
    await large;
    expect(await settled(small)).toBe(false);
    limit.give(3);
    await small;
  });

  test('tells one watcher per unit that came back', async () => {
    const limit = createLimit(2);
    await limit.nextReturn().done;
    await limit.take(2);
    const first = limit.nextReturn().done;
    const second = limit.nextReturn().done;
    expect(await settled(first)).toBe(false);
    limit.give();
    await first;
    expect(await settled(second)).toBe(false);
    limit.give();
    await second;
  });

  test('wakes nobody who waits no longer in the place of somebody who does', async () => {
    const limit = createLimit(1);
    await limit.take();
    limit.nextReturn().cancel();
    const waiting = limit.nextReturn().done;
    limit.give();
    expect(await settled(waiting)).toBe(true);
  });

  test('makes room for a request that is larger than what is left of it', async () => {
    const limit = createLimit(4);
    for (let shortage = 0; shortage < 10; shortage += 1) limit.shrink();
    const large = limit.take(3);
    expect(await settled(large)).toBe(true);
    const next = limit.take(1);
    limit.give(3);
    expect(await settled(next)).toBe(true);
  });

  test('grows back to what it was and not beyond, after a while, but not while somebody is short', async () => {
    const limit = createLimit(3);
    await limit.take();
    limit.shrink();
    limit.shrink();
    for (let success = 0; success < 50; success += 1) limit.grow();
    const second = limit.take();
    const short = limit.nextReturn();
    limit.grow();
    expect(await settled(second)).toBe(false);
    short.cancel();
    limit.grow();
    expect(await settled(second)).toBe(true);
    for (let success = 0; success < 10; success += 1) limit.grow();
    expect(await settled(limit.take())).toBe(true);
    expect(await settled(limit.take())).toBe(false);
  });
});
