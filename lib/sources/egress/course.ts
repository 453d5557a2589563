import type { FetchFailure } from '../../core/fetch-failure.ts';
import type { Limit } from '../limit.ts';

/** The course of one fetch: its time, of which waiting for a turn is not part, and its end. */
export interface Course {
  /** Aborted with a `FetchFailure` as its reason. */
  readonly signal: AbortSignal;
  /** Milliseconds of the time-out that are left. */
  remainingMs(): number;
  /** What the work gives, or the failure that ended the course before. The work has to end with the signal. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Waits for units of a limit; false where the course ended before. What comes too late is given back. */
  take(limit: Limit, count: number): Promise<boolean>;
  end(failure: FetchFailure): void;
  /** Settles when the course ended. */
  readonly ended: Promise<FetchFailure>;
}

/** @param patienceMs How long it may wait for its turns, all together. */
export function createCourse(timeoutMs: number, patienceMs: number): Course {
  const controller = new AbortController();
  const { signal } = controller;
  const { promise: ended, resolve } = Promise.withResolvers<FetchFailure>();
  const left = { working: timeoutMs, waiting: patienceMs };
  let workingSince: number | undefined;

  const end = (failure: FetchFailure) => {
    if (signal.aborted) return;
    controller.abort(failure);
    resolve(failure);
  };
  async function during<Result>(
    kind: 'working' | 'waiting',
    failure: FetchFailure,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const startedAt = performance.now();
    const timer = setTimeout(end, Math.max(0, left[kind]), failure);
    if (kind === 'working') workingSince = startedAt;
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      left[kind] -= performance.now() - startedAt;
      workingSince = undefined;
    }
  }

  return {
    signal,
    ended,
    end,
    remainingMs() {
      const running = workingSince === undefined ? 0 : performance.now() - workingSince;
      return Math.max(0, left.working - running);
    },
    run: (work) => during('working', { code: 'timed_out' }, work),
    take: (limit, count) =>
      during('waiting', { code: 'no_turn' }, async () => {
        if (signal.aborted) return false;
        const granted = limit.take(count);
        if (await Promise.race([granted.then(() => true), ended.then(() => false)])) return true;
        void granted.then(() => limit.give(count));
        return false;
      }),
  };
}
