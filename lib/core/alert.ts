import type { CheckId } from './finding.ts';
import type { Rung } from './ladder.ts';
import type { Severity } from './severity.ts';

/** Why there is something to say. */
export type AlertEvent =
  | 'baseline'
  | 'opened'
  | 'worsened'
  /** Nothing new: it is still so. */
  | 'reminder'
  /** Nothing new, but for who is responsible. */
  | 'assigned'
  | 'resolved'
  | 'withdrawn';

/** One thing to be said about one finding, frozen when it was decided. Text may quote a certificate: escape it. */
export interface Alert {
  /** `target|story|fingerprint|episode|what`: the same decision always has the same id. */
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
  /** 1 for the first time that this was found; more where it came back after an all-clear. */
  readonly episode: number;
  /** See `Finding`. */
  readonly label?: string;
  readonly issuer?: string;
  readonly affects?: readonly string[];
  readonly command?: string;
  /** Of a baseline: the source whose first look it belongs to. */
  readonly source?: string;
  /** Rungs that were passed in silence (the monitor was down), least severe first. */
  readonly missed: readonly Rung[];
  /** Set where the knowledge is stale because the target could not be observed again: when it was last seen. */
  readonly lastSeenAt?: string;
  readonly decidedAt: string;
  /** See `Departure`. */
  readonly leaveBy: string;
  readonly latestBy: string;
}

/** What kind of message it is: the first look at a source, what is new, what is recalled, what is over; the canary. */
export type DigestClass = 'baseline' | 'news' | 'reminder' | 'closed' | 'canary';

/** Alerts that leave together: one message per owner and class, never one per certificate. */
export interface Digest {
  /** Receivers de-duplicate on it: a retry repeats the digest verbatim under the same id. */
  readonly id: string;
  readonly createdAt: string;
  readonly owner: string | null;
  /** The most severe of its alerts. */
  readonly severity: Severity;
  readonly class: DigestClass;
  /** Most urgent first, at most `MAX_ALERTS`. */
  readonly alerts: readonly Alert[];
  /** How many more there were on a first look, or of those that are only recalled; news is never left out. */
  readonly omitted: number;
  /** Codes of the alerts that it counts and does not name. */
  readonly counted?: readonly string[];
  /** The channels that were to get it when it was made. */
  readonly channels: readonly string[];
  /** When each channel accepted it. */
  readonly delivered: Readonly<Record<string, string>>;
  /** Every configured channel has accepted it. */
  readonly done: boolean;
}
