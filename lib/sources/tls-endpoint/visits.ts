import { setTimeout as pause } from 'node:timers/promises';
import type { AddressObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import type { Limit } from '../limit.ts';
import { type AddressGroup, type Speak, startGroup } from './address-group.ts';
import type { How } from './attempts.ts';
import type { Conversation } from './conversation.ts';
import type { Pace } from './pace.ts';

/** Conversations with the addresses of one endpoint. */
export interface Visit {
  readonly addresses: readonly string[];
  /** Milliseconds for all of it. Waiting for a turn is free. */
  readonly budgetMs: number;
  readonly begin: (address: string, how: How) => Conversation;
  /** Holds the conversations with one address. */
  readonly look: (speak: Speak<How>, address: string) => Promise<AddressObservation>;
}

/** All visits of a prober. */
export interface Visits {
  /** One observation per address, in their order. Never rejects. */
  pay(visit: Visit): Promise<readonly AddressObservation[]>;
  /** Ends all of them at once, and every later one. */
  close(because: Failure): void;
}

/** A peer that pours at a gigabit a second gets rid of some ten megabytes in this time. */
const PATROL_MS = 100;

export function createVisits(sockets: Limit, pace: Pace): Visits {
  const live = new Set<AddressGroup>();
  const closing = new AbortController();
  let patrol: NodeJS.Timeout | undefined;

  /** One timer for all: most visits are over before it rings. */
  function watch(group: AddressGroup): void {
    live.add(group);
    patrol ??= setInterval(() => {
      for (const each of live) each.endWhatPours();
    }, PATROL_MS);
  }

  function unwatch(group: AddressGroup): void {
    live.delete(group);
    if (live.size > 0) return;
    clearInterval(patrol);
    patrol = undefined;
  }

  async function rest(ms: number): Promise<void> {
    if (ms > 0) await pause(ms, undefined, { signal: closing.signal }).catch(() => undefined);
  }

  return {
    async pay({ addresses, budgetMs, begin, look }) {
      // The turn of the first conversation at each address is waited for before the visit begins.
      if (!closing.signal.aborted) await rest(Math.max(0, ...addresses.map(pace.reserve)));
      await sockets.take(addresses.length);
      if (closing.signal.aborted) {
        sockets.give(addresses.length);
        const failure = closing.signal.reason as Failure;
        return addresses.map((address) => ({ address, failure, elapsedMs: 0 }));
      }
      const group = startGroup<How>({
        addresses,
        budgetMs,
        sockets,
        reserve: pace.reserve,
        begin,
        look,
      });
      watch(group);
      const observations = await group.done;
      unwatch(group);
      return observations;
    },
    close(because) {
      closing.abort(because);
      for (const group of live) group.expire(because);
    },
  };
}
