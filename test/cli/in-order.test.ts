import { describe, expect, it } from 'vitest';
import { inOrder } from '../../lib/cli/in-order.ts';

const signal = new AbortController().signal;

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('work in order', () => {
  it('yields in the order of the items, whatever finishes first', async () => {
    const finish: (() => void)[] = [];
    const work = (item: number) =>
      new Promise<number>((resolve) => {
        finish[item] = () => resolve(item);
        if (finish.filter(Boolean).length === 3) for (const each of finish.toReversed()) each();
      });
    const results = collect(inOrder([0, 1, 2], work, { concurrency: 3, lookAhead: 3, signal }));
    expect(await results).toEqual([0, 1, 2]);
  });

  it('keeps to the concurrency', async () => {
    let running = 0;
    let most = 0;
    const work = async (item: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return item;
    };
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(await collect(inOrder(items, work, { concurrency: 4, lookAhead: 100, signal }))).toEqual(items);
    expect(most).toBe(4);
  });

  it('runs ahead of one hanging item only so far, and goes on when it ends', async () => {
    let release: (item: number) => void = () => undefined;
    let started = 0;
    const work = (item: number) => {
      started += 1;
      if (item !== 0) return Promise.resolve(item);
      return new Promise<number>((resolve) => {
        release = resolve;
      });
    };
    const items = Array.from({ length: 100 }, (_, index) => index);
    const results = collect(inOrder(items, work, { concurrency: 5, lookAhead: 20, signal }));
    await new Promise(setImmediate);
    expect(started).toBe(20);
    release(0);
    expect(await results).toEqual(items);
  });

  it('ends with the reason of its signal although work hangs', async () => {
    const stopping = new AbortController();
    const hanging = () => new Promise<never>(() => undefined);
    const results = collect(inOrder([1], hanging, { concurrency: 1, lookAhead: 1, signal: stopping.signal }));
    stopping.abort('SIGINT');
    await expect(results).rejects.toBe('SIGINT');
  });

  it('rejects where work does', async () => {
    const work = async (item: number) => {
      if (item === 2) throw new Error('broken');
      return item;
    };
    await expect(collect(inOrder([1, 2, 3], work, { concurrency: 1, lookAhead: 5, signal }))).rejects.toThrow(
      'broken',
    );
  });
});
