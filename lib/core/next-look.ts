/** When the findings of a target ask for a look, whatever its cadence. */
import { gravestAccepted } from './acknowledgement.ts';
import { rungRank } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Occasion } from './occasion.ts';
import type { Policy } from './policy.ts';
import { reminderAt } from './reminder.ts';

/**
 * When the findings of one target ask for a look whatever its cadence: to confirm that one is gone, to recall one, or
 * because somebody accepted one only until then. Null where none does.
 *
 * @param ledger All entries of one target.
 */
export function confirmAt(
  ledger: readonly LedgerEntry[],
  { policy, now, acknowledgements }: Pick<Occasion, 'policy' | 'now' | 'acknowledgements'>,
): Date | null {
  const waiting = ledger
    .filter(({ state }) => state === 'open')
    .flatMap((entry) => {
      if (entry.absent !== undefined) return [closesAt(entry.episode, entry.absent, policy)];
      const { accepted, rung } = entry;
      const ends = acknowledgements
        .filter(({ id }) => accepted?.some((step) => step.id === id))
        .map(({ until }) => Date.parse(until));
      const isQuiet = accepted !== undefined && rungRank(rung) <= rungRank(gravestAccepted(accepted));
      return isQuiet ? ends : [...ends, recalledAt(entry, policy)];
    });
  // What lies behind has had its look: it must not hide what is to come.
  const ahead = waiting.filter((at) => at !== undefined && at > now.getTime()) as readonly number[];
  return ahead.length === 0 ? null : new Date(Math.min(...ahead));
}

function recalledAt(
  { severity, announced, saidAt, openedAt }: LedgerEntry,
  policy: Policy,
): number | undefined {
  if (severity !== 'critical' || announced === null) return undefined;
  return reminderAt(saidAt ?? openedAt, policy.remindMs)?.getTime();
}

function closesAt(episode: number, absent: NonNullable<LedgerEntry['absent']>, policy: Policy): number {
  const next = Date.parse(absent.lastAt) + policy.closeApartMs;
  const enough = absent.count + 1 >= policy.closeAfter;
  return enough && episode > 1 ? Math.max(next, Date.parse(absent.since) + policy.returnedCloseMs) : next;
}
