import { acquireLease, forgetLease, releaseLease } from '../store/lease.ts';
import { StoreError } from '../store/store-error.ts';
import type { Table } from '../store/table.ts';

const NAME = 'run';

/** How long a run that was killed keeps others waiting. */
const TTL_MS = 5 * 60_000;

/** Another run is at work. */
export class LeaseHeldError extends StoreError {}

/** The right to be the only run on a shared table. */
export interface HeldLease {
  /** Aborted where somebody else has it now, because it could not be prolonged in time. */
  readonly lost: AbortSignal;
  /** Throws a StoreError where it may have run out, as after a long standstill of this process. */
  fence(): void;
  /** Never rejects. */
  release(): Promise<void>;
}

/**
 * Takes the lease and prolongs it until it is released.
 *
 * @param clockWasAhead A lease that lasts longer than any can was taken by a clock that was ahead, and counts for nothing.
 * @throws LeaseHeldError where another run has it.
 */
export async function holdLease(
  table: Table,
  holder: string,
  now: () => Date,
  clockWasAhead = false,
): Promise<HeldLease> {
  let heldUntil = now().getTime() + TTL_MS;
  // One that was killed would hold it for as long as its clock was ahead.
  if (clockWasAhead) await forgetLease(table, NAME, new Date(heldUntil + TTL_MS));
  if (!(await acquireLease(table, NAME, holder, now(), TTL_MS))) {
    throw new LeaseHeldError(
      `another run is at work on table ${table.name}: wait for it to end (one that was killed is forgotten after ${TTL_MS / 60_000} minutes)`,
    );
  }
  const lost = new AbortController();
  const prolong = async () => {
    const until = now().getTime() + TTL_MS;
    try {
      if (await acquireLease(table, NAME, holder, now(), TTL_MS)) {
        heldUntil = until;
        return;
      }
    } catch {
      // A table that does not answer gives the lease to nobody else before its time is up.
      if (now().getTime() < heldUntil) return;
    }
    lost.abort(lostIt());
  };
  const timer = setInterval(() => void prolong(), TTL_MS / 3);
  timer.unref();
  return {
    lost: lost.signal,
    fence() {
      if (now().getTime() >= heldUntil) throw lostIt();
    },
    async release() {
      clearInterval(timer);
      // Where the table no longer answers, the lease runs out by itself; why the run ended is what counts.
      await releaseLease(table, NAME, holder).catch(() => undefined);
    },
  };
}

function lostIt(): StoreError {
  return new StoreError('this run lost its lease on the table to another one and stopped; nothing is lost');
}
