import type { FetchFailure } from '../../core/fetch-failure.ts';
import { createLimit, type Limit } from '../limit.ts';
import { SOCKETS_PER_QUERY } from '../tls-endpoint/resolve.ts';
import type { Course } from './course.ts';

/** Puts requests in turn, so that no host sees more than one of ours at a time. */
export interface Turns {
  /** Does the work when it is its turn, within the time of its course. The failure: no turn came before the course ended. */
  inTurn<Result>(
    host: string,
    course: Course,
    work: () => Promise<Result>,
  ): Promise<Result | { readonly failure: FetchFailure }>;
}

/**
 * @param concurrency How many hosts are asked at the same time.
 * @param sockets Of which one piece of work gets as many as a DNS query needs, which is enough for its connection too.
 */
export function createTurns(concurrency: number, sockets: Limit): Turns {
  const slots = createLimit(concurrency);
  const hosts = new Map<string, { readonly turn: Limit; users: number }>();

  return {
    async inTurn(host, course, work) {
      const place = hosts.get(host) ?? { turn: createLimit(1), users: 0 };
      hosts.set(host, place);
      place.users += 1;
      // The host first: who waits for a slow one must not take a slot from the others.
      const wanted: readonly (readonly [Limit, number])[] = [
        [place.turn, 1],
        [slots, 1],
        [sockets, SOCKETS_PER_QUERY],
      ];
      const held: (readonly [Limit, number])[] = [];
      try {
        for (const [limit, count] of wanted) {
          if (!(await course.take(limit, count))) return { failure: course.signal.reason as FetchFailure };
          held.push([limit, count]);
        }
        return await course.run(work);
      } finally {
        for (const [limit, count] of held) limit.give(count);
        place.users -= 1;
        if (place.users === 0) hosts.delete(host);
      }
    },
  };
}
