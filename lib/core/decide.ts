/** (what was said, what is so, now) → what is to be said. Crossings, never equality of days; nothing twice. */
import { type Acknowledgement, acceptedSteps, gravestAccepted } from './acknowledgement.ts';
import type { Alert, AlertEvent } from './alert.ts';
import { departureOf } from './departure.ts';
import { type Finding, findingKey } from './finding.ts';
import { formatInstant, toInstant } from './instant.ts';
import { type Rung, rungRank } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Policy } from './policy.ts';
import { reminderAt } from './reminder.ts';

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

function speak(
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

/** Whether an instant lies less than so many milliseconds back. One that lies ahead was set by a wrong clock. */
function isWithin(ms: number, instant: string, now: Date): boolean {
  const elapsed = now.getTime() - Date.parse(instant);
  return elapsed >= 0 && elapsed < ms;
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

function alertFrame(
  entry: LedgerEntry,
  event: AlertEvent,
  rung: Rung,
  nextAt: string | undefined,
  occasion: Occasion,
): Omit<Alert, 'missed'> {
  const closing = isClosing({ event });
  const { target, story, fingerprint, episode, severity, notAfter, label, issuer, affects } = entry;
  return {
    id: [target, story, fingerprint ?? '-', episode, nameOf(event, rung, entry, occasion)].join('|'),
    event,
    target,
    // Who heard of it hears the end of it.
    owner: closing && entry.told !== undefined ? entry.told : occasion.owner,
    check: entry.check,
    fingerprint,
    severity,
    rung,
    message: closing ? closingMessage(entry, event, occasion) : entry.message,
    advice: closing ? '' : entry.advice,
    ...(notAfter === undefined ? {} : { notAfter }),
    episode,
    ...(label === undefined ? {} : { label }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(affects === undefined ? {} : { affects }),
    ...(entry.command === undefined || closing ? {} : { command: entry.command }),
    ...(event === 'baseline' && occasion.source !== undefined ? { source: occasion.source } : {}),
    ...(occasion.staleSince === undefined || closing ? {} : { lastSeenAt: occasion.staleSince }),
    decidedAt: toInstant(occasion.now),
    ...departureOf(event, severity, nextAt, occasion.policy, occasion.now),
  };
}

/** The last part of an alert's id. A reminder is named by what it recalls, so that deciding twice makes the same one. */
function nameOf(event: AlertEvent, rung: Rung, entry: LedgerEntry, { owner }: Occasion): string {
  if (isClosing({ event })) return event;
  if (event === 'reminder') return `${rung} again after ${entry.saidAt ?? entry.openedAt}`;
  return event === 'assigned' ? `${rung} for ${owner ?? '-'} after ${entry.saidAt ?? entry.openedAt}` : rung;
}

function isClosing({ event }: Pick<Alert, 'event'>): boolean {
  return event === 'resolved' || event === 'withdrawn';
}

/** What is so now, then what it had been about: the time left that was said then would mislead. */
function closingMessage(entry: LedgerEntry, event: AlertEvent, occasion: Occasion): string {
  const now = occasion.outcome(entry) ?? (event === 'withdrawn' ? 'no longer watched' : 'no longer so');
  const was =
    entry.notAfter === undefined || entry.label === undefined
      ? entry.message
      : `${entry.label} until ${formatInstant(entry.notAfter)}`;
  return `${now} (it was: ${was})`;
}

function opinionOf(finding: Finding) {
  return {
    check: finding.check,
    severity: finding.severity,
    rung: finding.rung,
    message: finding.message,
    advice: finding.advice,
    ...(finding.notAfter === undefined ? {} : { notAfter: finding.notAfter }),
    ...(finding.label === undefined ? {} : { label: finding.label }),
    ...(finding.issuer === undefined ? {} : { issuer: finding.issuer }),
    ...(finding.affects === undefined ? {} : { affects: finding.affects }),
    ...(finding.command === undefined ? {} : { command: finding.command }),
  };
}

/** An opinion replaces another one as a whole: what the new one does not say does not hold any more. */
function withoutOpinion(entry: LedgerEntry): LedgerEntry {
  const { notAfter: _, label: __, issuer: ___, affects: ____, command: _____, ...rest } = entry;
  return rest;
}

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
