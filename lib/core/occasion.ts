import type { Acknowledgement } from './acknowledgement.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Policy } from './policy.ts';

/** Everything about the target that a decision turns on, beside its findings. */
export interface Occasion {
  readonly target: string;
  readonly owner: string | null;
  readonly now: Date;
  readonly policy: Policy;
  /** The latest observation saw everything there was: only then does an absent finding count as gone. */
  readonly complete: boolean;
  /** Set where the target could not be observed again, so that findings rest on older knowledge: its instant. */
  readonly staleSince?: string;
  /** When it was looked at before this time, and what it was known to hold then: what lies in between was missed. */
  readonly lookedBefore?: { readonly at: string; readonly holds: (fingerprint: string) => boolean };
  /** The first complete collection of this source is still under way: findings are a baseline, not news. */
  readonly baseline: boolean;
  /** The id of the source that the target belongs to (`SourceHealth.source`). */
  readonly source?: string;
  /** What people accepted, in force or not. */
  readonly acknowledgements: readonly Acknowledgement[];
  /** The monitor itself is impaired: "could not observe" waits. */
  readonly impaired: boolean;
  /** What is so now, for a finding that closes, as a sentence fragment; undefined where there is nothing particular to say. */
  readonly outcome: (entry: LedgerEntry) => string | undefined;
}

/** An occasion of which nothing particular is known: no look, no acknowledgement. */
export function plainOccasion(
  target: string,
  owner: string | null,
  { now, policy }: Pick<Occasion, 'now' | 'policy'>,
): Occasion {
  return {
    target,
    owner,
    now,
    policy,
    complete: false,
    baseline: false,
    impaired: false,
    acknowledgements: [],
    outcome: () => undefined,
  };
}
