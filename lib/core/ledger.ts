import type { Alert } from './alert.ts';
import type { CheckId } from './finding.ts';
import type { Rung } from './ladder.ts';
import type { Severity } from './severity.ts';

/**
 * What has been said about one finding of one target. Decision and intent are one value, so that one conditional
 * write keeps both: an alert that was decided is in `pending` until a stored digest carries it.
 */
export interface LedgerEntry {
  readonly target: string;
  readonly story: CheckId;
  readonly fingerprint: string | null;
  /** The check that speaks at the moment (`expired` within the story `expiring`). */
  readonly check: CheckId;
  /** 1 for the first time; a finding that comes back after it was closed is a new episode. */
  readonly episode: number;
  readonly state: 'open' | 'closed';
  readonly severity: Severity;
  /** The step it stands on now; null while it is only information. */
  readonly rung: Rung | null;
  /** The most severe step that was put into words in this episode; null while nothing was said. */
  readonly announced: Rung | null;
  /** When something was said about it last. */
  readonly saidAt?: string;
  readonly message: string;
  readonly advice: string;
  readonly notAfter?: string;
  /** See `Finding`. */
  readonly label?: string;
  readonly issuer?: string;
  readonly affects?: readonly string[];
  readonly command?: string;
  /** Who was told last; null for nobody in particular. Absent while nothing was said. */
  readonly told?: string | null;
  /** The steps that people accepted of it (`acceptedSteps`). Absent where no acknowledgement is in force. */
  readonly accepted?: readonly { readonly id: string; readonly rung: Rung }[];
  readonly openedAt: string;
  readonly closedAt?: string;
  readonly closedAs?: 'resolved' | 'withdrawn';
  /** Complete observations in a row that did not show it: how many, the first and the latest of them. */
  readonly absent?: { readonly count: number; readonly since: string; readonly lastAt: string };
  readonly pending: readonly Alert[];
  /** Raised by one with every write; the condition of the next. 0 for an entry that was never stored. */
  readonly version: number;
}
