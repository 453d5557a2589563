import type { CheckId } from './finding.ts';
import type { Rung } from './ladder.ts';
import type { Severity } from './severity.ts';

/** Why there is something to say. */
export type AlertEvent = 'baseline' | 'opened' | 'worsened' | 'resolved' | 'withdrawn';

/** One thing to be said about one finding, frozen when it was decided. Text may quote a certificate: escape it. */
export interface Alert {
  /** `target|story|fingerprint|episode|rung-or-end`: the same decision always has the same id. */
  readonly id: string;
  readonly event: AlertEvent;
  readonly target: string;
  readonly owner: string | null;
  readonly check: CheckId;
  readonly fingerprint: string | null;
  readonly severity: Severity;
  readonly rung: Rung;
  readonly message: string;
  readonly advice: string;
  readonly notAfter?: string;
  /** Rungs that were passed in silence (the monitor was down), least severe first. */
  readonly missed: readonly Rung[];
  /** Set where the knowledge is stale because the target could not be observed again: when it was last seen. */
  readonly lastSeenAt?: string;
  readonly decidedAt: string;
}

/** Alerts that leave together: one message per owner and class, never one per certificate. */
export interface Digest {
  /** Receivers de-duplicate on it: a retry repeats the digest verbatim under the same id. */
  readonly id: string;
  readonly createdAt: string;
  readonly owner: string | null;
  /** The most severe of its alerts. */
  readonly severity: Severity;
  readonly class: 'baseline' | 'news' | 'closed';
  /** Most urgent first, at most `MAX_ALERTS`. */
  readonly alerts: readonly Alert[];
  /** How many more there were on a first look; news is never left out. */
  readonly omitted: number;
  /** The channels that were to get it when it was made. */
  readonly channels: readonly string[];
  /** When each channel accepted it. */
  readonly delivered: Readonly<Record<string, string>>;
  /** Every configured channel has accepted it. */
  readonly done: boolean;
}
