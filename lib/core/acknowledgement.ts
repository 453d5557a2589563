/** A person accepts findings for a time: silence that somebody asked for, with a reason and an end. */
import type { CheckId } from './finding.ts';
import { type Rung, rungRank } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';

/** What an acknowledgement covers: every named property has to be that of the finding. At least one is named. */
export interface AcknowledgementScope {
  /** Id of a target. */
  readonly target?: string;
  readonly check?: CheckId;
  readonly owner?: string;
  readonly fingerprint?: string;
}

/** One that begins in the future is a maintenance window. Instants are ISO 8601 UTC. */
export interface Acknowledgement {
  readonly id: string;
  readonly scope: AcknowledgementScope;
  readonly reason: string;
  readonly from: string;
  /** Exclusive. */
  readonly until: string;
  readonly createdAt: string;
  /** Who said so, as far as it is known. */
  readonly by?: string;
}

/** A finding, as far as acknowledgements tell findings apart. */
export interface Acknowledgeable {
  readonly target: string;
  readonly owner: string | null;
  /** The check that speaks, and the one under whose name the ledger keeps it: either may be named. */
  readonly check: CheckId;
  readonly story: CheckId;
  readonly fingerprint: string | null;
}

/** Whether it says anything about the finding, whatever the time. */
export function covers({ scope }: Acknowledgement, finding: Acknowledgeable): boolean {
  const { target, check, owner, fingerprint } = scope;
  return (
    (target === undefined || target === finding.target) &&
    (check === undefined || check === finding.check || check === finding.story) &&
    (owner === undefined || owner === finding.owner) &&
    (fingerprint === undefined || fingerprint === finding.fingerprint)
  );
}

/** Whether it holds at an instant. */
export function isInForce({ from, until }: Acknowledgement, now: Date): boolean {
  return Date.parse(from) <= now.getTime() && now.getTime() < Date.parse(until);
}

/**
 * The steps that were accepted of one finding, by acknowledgement. What was open when an acknowledgement came into
 * force is accepted as it stood then. What opens under it is accepted as it opens where it is a warning at most, or where
 * the acknowledgement names its certificate, or a check that is not about an end: whoever accepts a target does not accept
 * what nobody knew of.
 * Worse than what was accepted speaks.
 *
 * @param entry What the ledger had of the finding before this look; undefined where it opens now.
 * @param rung The step that it stands on now.
 */
export function acceptedSteps(
  acknowledgements: readonly Acknowledgement[],
  finding: Acknowledgeable,
  entry: Pick<LedgerEntry, 'accepted' | 'rung' | 'openedAt'> | undefined,
  rung: Rung,
  now: Date,
): NonNullable<LedgerEntry['accepted']> {
  return acknowledgements
    .filter((each) => isInForce(each, now) && covers(each, finding))
    .flatMap((each) => {
      const { id, from, scope } = each;
      const known = entry?.accepted?.find((step) => step.id === id);
      if (known !== undefined) return [known];
      if (entry !== undefined && entry.openedAt <= from) return [{ id, rung: entry.rung ?? rung }];
      // The end of another certificate is not what somebody knew of, whichever check was named.
      const isNamed =
        scope.fingerprint !== undefined || (scope.check !== undefined && finding.story !== 'expiring');
      return isNamed || rungRank(rung) <= rungRank('warning') ? [{ id, rung }] : [];
    });
}

/** The gravest accepted step; null where nothing was accepted. */
export function gravestAccepted(accepted: LedgerEntry['accepted']): Rung | null {
  return (accepted ?? []).reduce<Rung | null>(
    (gravest, { rung }) => (rungRank(rung) > rungRank(gravest) ? rung : gravest),
    null,
  );
}
