/** (what was said, what is so, now) → what is to be said. Crossings, never equality of days; nothing twice. */
import { acceptedSteps } from './acknowledgement.ts';
import type { Alert } from './alert.ts';
import { alertFrame, isClosing } from './alert-frame.ts';
import { type Finding, findingKey } from './finding.ts';
import { isWithin, toInstant } from './instant.ts';
import { rungRank } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Occasion } from './occasion.ts';
import { opinionOf, withoutOpinion } from './opinion.ts';
import { speak } from './speak.ts';

/** The entries that changed, versions raised, each with what it has to say in `pending`. Unchanged ones are left out. */
export function decide(
  ledger: readonly LedgerEntry[],
  findings: readonly Finding[],
  occasion: Occasion,
): readonly LedgerEntry[] {
  const entries = new Map(ledger.map((entry) => [findingKey(entry), entry]));
  const present = new Map<string, Finding>();
  for (const finding of findings) {
    // Most severe first: of two opinions in one thread the first counts.
    if (!present.has(findingKey(finding))) present.set(findingKey(finding), finding);
  }
  const changed: LedgerEntry[] = [];
  for (const [key, finding] of present) {
    const entry = entries.get(key);
    // It was announced and is only information now, like a CA that got a twin: as good as gone.
    if (entry?.state === 'open' && entry.announced !== null && finding.rung === null) {
      present.delete(key);
      continue;
    }
    const next = entry?.state === 'open' ? carryOn(entry, finding, occasion) : open(entry, finding, occasion);
    if (next !== entry) changed.push({ ...next, version: (entry?.version ?? 0) + 1 });
  }
  const after = new Map([...entries, ...changed.map((entry) => [findingKey(entry), entry] as const)]);
  for (const [key, entry] of entries) {
    if (entry.state === 'closed' || present.has(key)) continue;
    const next = missing(entry, [...after.values()], occasion);
    if (next !== entry) changed.push({ ...next, version: entry.version + 1 });
  }
  return changed;
}

/** Closes everything that is open at a target that is no longer watched; what had been announced is called off. */
export function withdraw(ledger: readonly LedgerEntry[], occasion: Occasion): readonly LedgerEntry[] {
  return ledger
    .filter((entry) => entry.state === 'open')
    .map((entry) => ({ ...close(entry, 'withdrawn', occasion), version: entry.version + 1 }));
}

function open(previous: LedgerEntry | undefined, finding: Finding, occasion: Occasion): LedgerEntry {
  const now = toInstant(occasion.now);
  const entry: LedgerEntry = {
    target: occasion.target,
    story: finding.story,
    fingerprint: finding.fingerprint,
    ...opinionOf(finding),
    episode: (previous?.episode ?? 0) + 1,
    state: 'open',
    announced: null,
    openedAt: now,
    pending: previous?.pending ?? [],
    version: previous?.version ?? 0,
  };
  return speak(withAccepted(entry, undefined, finding, occasion), finding, occasion);
}

/** The same finding again: only what is worse than anything said so far is news. */
function carryOn(entry: LedgerEntry, finding: Finding, occasion: Occasion): LedgerEntry {
  const { absent: _, ...rest } = entry;
  const moved =
    entry.rung !== finding.rung || entry.severity !== finding.severity || entry.check !== finding.check;
  const next: LedgerEntry = moved
    ? { ...withoutOpinion(rest), ...opinionOf(finding) }
    : entry.absent === undefined
      ? entry
      : rest;
  const judged = withAccepted(next, entry, finding, occasion);
  // Whoever accepted it asked for silence until now.
  const hasEnded = entry.accepted !== undefined && judged.accepted === undefined;
  return speak(judged, finding, occasion, hasEnded);
}

/** The entry with what people accept of it at this instant; the very same where that did not change. */
function withAccepted(
  entry: LedgerEntry,
  before: LedgerEntry | undefined,
  finding: Finding,
  { acknowledgements, owner, now }: Occasion,
): LedgerEntry {
  const accepted =
    finding.rung === null
      ? []
      : acceptedSteps(acknowledgements, { ...finding, owner }, before, finding.rung, now);
  const same =
    accepted.length === (entry.accepted?.length ?? 0) &&
    accepted.every(({ id }, index) => entry.accepted?.[index]?.id === id);
  if (same) return entry;
  const { accepted: _, ...rest } = entry;
  return accepted.length === 0 ? rest : { ...rest, accepted };
}

/** An open finding that the evaluation no longer shows. */
function missing(entry: LedgerEntry, all: readonly LedgerEntry[], occasion: Occasion): LedgerEntry {
  const { now, policy } = occasion;
  if (!occasion.complete) return entry;
  if (entry.absent !== undefined && isWithin(policy.closeApartMs, entry.absent.lastAt, now)) return entry;
  const count = (entry.absent?.count ?? 0) + 1;
  const since = entry.absent?.since ?? toInstant(now);
  // An all-clear that has been wrong once is not given lightly a second time.
  const waits = entry.episode > 1 && isWithin(policy.returnedCloseMs, since, now);
  if (count >= policy.closeAfter && !waits) {
    const closed = close(entry, 'resolved', occasion);
    // Another certificate came in its place, and is no better: nobody is to be told that all is well.
    return all.some((each) => takesOver(each, entry, since))
      ? { ...closed, pending: entry.pending.filter(isClosing) }
      : closed;
  }
  return { ...entry, absent: { count, since, lastAt: toInstant(now) } };
}

/** The same is open of a certificate that was found when this one went, at no milder step than was said of this one. */
function takesOver(other: LedgerEntry, entry: LedgerEntry, since: string): boolean {
  return (
    other.state === 'open' &&
    other.absent === undefined &&
    other.story === entry.story &&
    other.fingerprint !== entry.fingerprint &&
    other.openedAt >= since &&
    rungRank(other.rung) >= rungRank(entry.announced)
  );
}

function close(entry: LedgerEntry, as: 'resolved' | 'withdrawn', occasion: Occasion): LedgerEntry {
  const { absent: _, accepted: __, ...rest } = entry;
  const closed: LedgerEntry = { ...rest, state: 'closed', closedAt: toInstant(occasion.now), closedAs: as };
  // What was never announced needs no all-clear.
  if (entry.announced === null) return closed;
  const alert: Alert = { ...alertFrame(closed, as, entry.announced, undefined, occasion), missed: [] };
  // What only recalls it would come after the all-clear.
  const unsent = entry.pending.filter(({ event }) => event !== 'reminder' && event !== 'assigned');
  return { ...closed, pending: [...unsent, alert] };
}
