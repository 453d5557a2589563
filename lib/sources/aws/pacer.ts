import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the next call may be made. */
export type Pacer = () => Promise<void>;

/**
 * Lets calls through one after the other, at most `perSecond` of them. The quotas of control planes are shared with
 * everybody else in the account.
 */
export function createPacer(perSecond: number): Pacer {
  const gapMs = 1_000 / perSecond;
  let freeAt = 0;
  return async () => {
    const now = performance.now();
    const mine = Math.max(now, freeAt);
    freeAt = mine + gapMs;
    if (mine > now) await sleep(Math.ceil(mine - now));
  };
}
