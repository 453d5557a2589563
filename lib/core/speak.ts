/** Whether an open finding has something to say, and which event that is. */
import { gravestAccepted } from './acknowledgement.ts';
import type { Alert, AlertEvent } from './alert.ts';
import { alertFrame, isClosing } from './alert-frame.ts';
import type { Finding } from './finding.ts';
import { isWithin, toInstant } from './instant.ts';
import { type Rung, rungRank } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Occasion } from './occasion.ts';
import { opinionOf } from './opinion.ts';
import { reminderAt } from './reminder.ts';

/**
 * The entry with what there is to say about its finding, in `pending`; the very same where there is nothing.
 *
 * @param acceptanceEnded Somebody had accepted it until now.
 */
export function speak(
  entry: LedgerEntry,
  finding: Finding,
  occasion: Occasion,
  acceptanceEnded = false,
): LedgerEntry {
  if (finding.rung === null || isHeld(entry, finding, occasion)) return entry;
  if (rungRank(finding.rung) <= rungRank(gravestAccepted(entry.accepted))) return withoutReminders(entry);
  const event =
    eventOf(entry, finding.rung, finding, occasion) ??
    (acceptanceEnded && entry.pending.length === 0 && rungRank(finding.rung) === rungRank(entry.announced)
      ? 'reminder'
      : null);
  if (event === null) return entry;
  const alert: Alert = {
    ...alertFrame({ ...entry, ...opinionOf(finding) }, event, finding.rung, finding.nextAt, occasion),
    ...(occasion.staleSince === undefined && finding.lastSeenAt !== undefined
      ? { lastSeenAt: finding.lastSeenAt }
      : {}),
    missed: event === 'reminder' || event === 'assigned' ? [] : missedRungs(entry, finding, occasion),
  };
  const unheard = unheardOf(entry);
  return {
    ...entry,
    announced: rungRank(finding.rung) > rungRank(entry.announced) ? finding.rung : entry.announced,
    told: occasion.owner,
    saidAt: toInstant(occasion.now),
    // What was not sent yet is said by this one: it is graver, the same to somebody else, or takes an all-clear
    // back. That something graver is over is still to be said.
    pending: [
      ...entry.pending.filter((each) => isClosing(each) && rungRank(each.rung) > rungRank(alert.rung)),
      unheard === undefined ? alert : inPlaceOf(unheard, alert),
    ],
  };
}

/** What there is to say about an open finding; null for nothing. */
function eventOf(entry: LedgerEntry, rung: Rung, finding: Finding, occasion: Occasion): AlertEvent | null {
  if (rungRank(rung) > rungRank(entry.announced)) {
    if (isFirstLook(entry, finding, occasion)) return 'baseline';
    const unheard = unheardOf(entry);
    return entry.announced === null || (unheard !== undefined && unheard.event !== 'worsened')
      ? 'opened'
      : 'worsened';
  }
  if (entry.told !== undefined && entry.told !== occasion.owner)
    return unheardOf(entry) === undefined ? 'assigned' : 'opened';
  const at = reminderAt(entry.saidAt ?? entry.openedAt, occasion.policy.remindMs);
  const isQuiet = at === null || occasion.now < at;
  // Still in a message that did not leave: that is not the time to insist.
  if (finding.severity !== 'critical' || isQuiet || entry.pending.length > 0) return null;
  return 'reminder';
}

/** While a source is new, what is found for the first time is no news; what was known and gets worse is. */
function isFirstLook(entry: LedgerEntry, finding: Finding, { baseline, lookedBefore }: Occasion): boolean {
  return baseline && entry.announced === null && !lookedBefore?.holds(finding.fingerprint ?? '');
}

/** News that still waits: nobody has heard of it. */
function unheardOf({ pending }: LedgerEntry): Alert | undefined {
  return pending.find(({ event }) => event === 'opened' || event === 'worsened' || event === 'baseline');
}

/** It leaves when that would have left, and names what that missed. */
function inPlaceOf(unheard: Alert, alert: Alert): Alert {
  const earlier = (a: string, b: string) => (a < b ? a : b);
  return {
    ...alert,
    missed: [...new Set([...unheard.missed, ...alert.missed])],
    leaveBy: earlier(unheard.leaveBy, alert.leaveBy),
    latestBy: earlier(unheard.latestBy, alert.latestBy),
  };
}

/** What was accepted while its reminder waited is not recalled any more. */
function withoutReminders(entry: LedgerEntry): LedgerEntry {
  const pending = entry.pending.filter(({ event }) => event !== 'reminder');
  return pending.length === entry.pending.length ? entry : { ...entry, pending };
}

/** "Could not observe" waits while the monitor itself is in doubt. */
function isHeld(entry: LedgerEntry, finding: Finding, { now, policy, impaired }: Occasion): boolean {
  return impaired && finding.check === 'could-not-observe' && isWithin(policy.holdMs, entry.openedAt, now);
}

/**
 * Rungs that were passed without a word: above what was announced, or, for a certificate that was known already when
 * the target was last looked at, begun since then. One that is new here has missed nothing.
 */
function missedRungs(
  entry: LedgerEntry,
  finding: Finding,
  { baseline, lookedBefore }: Occasion,
): readonly Rung[] {
  const passed = finding.passed ?? [];
  if (baseline || passed.length === 0) return [];
  // What was accepted was not missed.
  const floor = Math.max(rungRank(entry.announced), rungRank(gravestAccepted(entry.accepted)));
  const unsaid = passed.filter((begin) => rungRank(begin.rung) > floor);
  if (entry.announced !== null) return unsaid.map((begin) => begin.rung);
  if (lookedBefore === undefined || !lookedBefore.holds(finding.fingerprint ?? '')) return [];
  return unsaid.filter((begin) => begin.at > lookedBefore.at).map((begin) => begin.rung);
}
