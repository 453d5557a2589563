import { describe, expect, it } from 'vitest';
import type { Channel } from '../../lib/notify/channel.ts';
import { withTimeBudget } from '../../lib/notify/time-budget.ts';
import { digest } from './samples.ts';

describe('a channel with a time budget', () => {
  let now = 0;
  const taken: string[] = [];
  const slow: Channel = {
    name: 'webhook',
    async deliver({ id }) {
      now += 25_000;
      if (id === 'bad') throw new Error('it answered 500');
      taken.push(id);
    },
  };

  it('gets nothing more once its time is used, refusals included, and a new one begins anew', async () => {
    const channel = withTimeBudget(slow, 60_000, () => now);
    expect(channel.name).toBe('webhook');
    await channel.deliver(digest({ id: 'a' }));
    await expect(channel.deliver(digest({ id: 'bad' }))).rejects.toThrow('it answered 500');
    await channel.deliver(digest({ id: 'b' }));
    now += 3_600_000;
    await expect(channel.deliver(digest({ id: 'c' }))).rejects.toThrow(
      'it is slow: it took 75 s, and gets the rest in the next run',
    );
    await withTimeBudget(slow, 60_000, () => now).deliver(digest({ id: 'c' }));
    expect(taken).toEqual(['a', 'b', 'c']);
  });
});
