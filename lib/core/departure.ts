/** When a decided alert has to leave: many in one message where there is time, at once where there is none. */
import type { AlertEvent } from './alert.ts';
import { toInstant } from './instant.ts';
import type { Policy } from './policy.ts';
import type { Severity } from './severity.ts';

/** Instants, ISO 8601 UTC. */
export interface Departure {
  /** It leaves then, or earlier with others. */
  readonly leaveBy: string;
  /** Until then it may wait where the same was said before of another target. Never before `leaveBy`. */
  readonly latestBy: string;
}

/** No message waits for a longer part of the time that is left to the next step. */
const SHARE_OF_NEXT = 1 / 4;

/**
 * @param nextAt When the finding steps onto its next rung; undefined where it has none.
 */
export function departureOf(
  event: AlertEvent,
  severity: Severity,
  nextAt: string | undefined,
  policy: Policy,
  now: Date,
): Departure {
  const { waits } = policy;
  const limit =
    nextAt === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, (Date.parse(nextAt) - now.getTime()) * SHARE_OF_NEXT);
  const wait = event === 'baseline' || event === 'reminder' ? waits[event] : waits[severity];
  const after = (ms: number) => toInstant(new Date(now.getTime() + Math.min(ms, limit)));
  return { leaveBy: after(wait), latestBy: after(Math.max(wait, waits.repeated)) };
}
