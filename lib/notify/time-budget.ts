import type { Channel } from './channel.ts';

/**
 * A channel that gets only so much time for all it is handed, so that a slow one leaves the others theirs where a process
 * may not live for long (AWS Lambda ends a function at its timeout). What is left over is handed to it in the next run.
 */
export function withTimeBudget(
  channel: Channel,
  budgetMs: number,
  clock: () => number = () => performance.now(),
): Channel {
  let spentMs = 0;
  return {
    ...channel,
    async deliver(digest) {
      if (spentMs >= budgetMs) {
        throw new Error(
          `it is slow: it took ${Math.round(spentMs / 1000)} s, and gets the rest in the next run`,
        );
      }
      const begin = clock();
      try {
        await channel.deliver(digest);
      } finally {
        spentMs += clock() - begin;
      }
    },
  };
}
