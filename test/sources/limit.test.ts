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
    await limit.nextReturn();
    await limit.take(2);
    const first = limit.nextReturn();
    const second = limit.nextReturn();
    expect(await settled(first)).toBe(false);
    limit.give();
    await first;
    expect(await settled(second)).toBe(false);
    limit.give();
    await second;
  });
});
