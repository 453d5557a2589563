/** The engine, fast-forwarded: what would be said of a target until a date, if it stays as it is or is renewed in time. */
import type { Acknowledgement } from './acknowledgement.ts';
import type { Alert } from './alert.ts';
import type { Certificate } from './certificate.ts';
import type { Content } from './content.ts';
import { decide } from './decide.ts';
import { evaluate } from './evaluate.ts';
import { findingKey } from './finding.ts';
import { toInstant } from './instant.ts';
import { judgedCertificates } from './judged.ts';
import { isExpired } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import { confirmAt } from './next-look.ts';
import { plainOccasion } from './occasion.ts';
import { outcomeOf } from './outcome.ts';
import { nextRungAt } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Subject } from './subject.ts';

export interface SimulationOptions {
  readonly from: Date;
  readonly until: Date;
  readonly policy: Policy;
  readonly acknowledgements: readonly Acknowledgement[];
  /**
   * Every leaf is replaced when a third of its lifetime is left, by one that lives for so many milliseconds; absent
   * where nobody does anything.
   */
  readonly renewedLifetimeMs?: number;
}

/** A certificate that is to be renewed, when a third of its lifetime is left. */
export interface Renewal {
  readonly fingerprint: string;
  readonly label: string;
  readonly at: Date;
  /** It renews itself: nobody has to do anything. */
  readonly isManaged: boolean;
}

export interface Simulated {
  /** In the order in which they would be decided. */
  readonly alerts: readonly Alert[];
  readonly renewals: readonly Renewal[];
}

/** More steps than this of one target are those of a certificate that lives for minutes. */
const MAX_STEPS = 2_000;

/**
 * Plays one target from now to then: an instant at which nothing can change is not looked at.
 *
 * @param subject The target as it is known now; its `now` is not used.
 */
export function simulate(
  subject: Subject,
  ledger: readonly LedgerEntry[],
  options: SimulationOptions,
): Simulated {
  const entries = new Map(ledger.map((entry) => [findingKey(entry), { ...entry, pending: [] }]));
  const alerts: Alert[] = ledger.flatMap(({ pending }) => pending);
  const renewals: Renewal[] = [];
  /** How many renewals lie between a certificate and the one that is there today. */
  const generations = new Map<string, number>();
  const renewed = new Set<string>();
  let current: Subject = { ...subject, now: options.from };
  for (let step = 0; step < MAX_STEPS; step += 1) {
    for (const renewal of renewalsDue(current, options)) {
      if (renewed.has(renewal.fingerprint)) continue;
      renewed.add(renewal.fingerprint);
      renewals.push(renewal);
      if (options.renewedLifetimeMs === undefined) continue;
      const generation = (generations.get(renewal.fingerprint) ?? 0) + 1;
      const successor = successorOf(current, renewal.fingerprint, options.renewedLifetimeMs, generation);
      if (successor === undefined) continue;
      generations.set(successor.fingerprint, generation);
      current = withSuccessor(current, renewal.fingerprint, successor);
    }
    for (const entry of decideAt(current, [...entries.values()], options)) {
      alerts.push(...entry.pending);
      entries.set(findingKey(entry), { ...entry, pending: [] });
    }
    const next = nextInstant(current, [...entries.values()], renewed, options);
    if (next === null || next > options.until) break;
    current = { ...current, now: next };
  }
  return { alerts, renewals };
}

function decideAt(
  subject: Subject,
  ledger: readonly LedgerEntry[],
  { policy, acknowledgements }: SimulationOptions,
): readonly LedgerEntry[] {
  const { target, content, certificate, now, failure } = subject;
  return decide(ledger, evaluate(subject), {
    ...plainOccasion(target.id, target.owner, { now, policy }),
    acknowledgements,
    complete: failure === undefined,
    outcome: (entry) => outcomeOf(entry, content, certificate),
  });
}

/** Renewal is due with a third of the lifetime left: what ACME clients and the CA/B Forum's schedule take for granted. */
const LEFT_AT_RENEWAL = 1 / 3;

function renewalTimes(subject: Subject): readonly Renewal[] {
  return judgedCertificates(subject).flatMap((judged) => {
    const { fingerprint, label, position, isIdle, silentUntil, notBefore, notAfter } = judged;
    if (position !== 'leaf' || isIdle || notBefore === null || notAfter === null) return [];
    const lifetime = Date.parse(notAfter) - Date.parse(notBefore);
    const isManaged = silentUntil !== null || subject.served?.renews === true;
    const at = new Date(Date.parse(notAfter) - lifetime * LEFT_AT_RENEWAL);
    return lifetime > 0 ? [{ fingerprint, label, at, isManaged }] : [];
  });
}

/** What ought to have been renewed before the simulation begins is renewed as it begins. */
function renewalsDue(subject: Subject, { from }: SimulationOptions): readonly Renewal[] {
  return renewalTimes(subject)
    .filter(({ at }) => at <= subject.now)
    .map((renewal) => ({ ...renewal, at: renewal.at < from ? from : renewal.at }));
}

/** Of the same name wherever the old one is seen: the renewal of forty endpoints is one. */
function successorOf(
  subject: Subject,
  fingerprint: string,
  lifetimeMs: number,
  generation: number,
): Certificate | undefined {
  const old = subject.certificate(fingerprint);
  if (old === undefined) return undefined;
  return {
    ...old,
    fingerprint: `${fingerprint.slice(0, 48)}${String(generation).padStart(16, '0')}`,
    notBefore: toInstant(subject.now),
    notAfter: toInstant(new Date(subject.now.getTime() + lifetimeMs)),
  };
}

function withSuccessor(subject: Subject, fingerprint: string, successor: Certificate): Subject {
  const { certificate } = subject;
  return {
    ...subject,
    content: replaced(subject.content, fingerprint, successor.fingerprint) as Content | null,
    certificate: (wanted) => (wanted === successor.fingerprint ? successor : certificate(wanted)),
  };
}

/** A content names certificates by fingerprints only, wherever it does. */
function replaced(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((each) => replaced(each, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, from, to)]));
}

/** The next instant at which something may change; null where nothing will. */
function nextInstant(
  subject: Subject,
  ledger: readonly LedgerEntry[],
  renewed: ReadonlySet<string>,
  options: SimulationOptions,
): Date | null {
  const { policy, acknowledgements } = options;
  const instants = [
    nextRungAt(subject)?.getTime(),
    confirmAt(ledger, { policy, acknowledgements, now: subject.now })?.getTime(),
    ...renewalTimes(subject)
      .filter(({ fingerprint }) => !renewed.has(fingerprint))
      .map(({ at }) => at.getTime()),
    ...acknowledgements.flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]),
    ...notYetValid(subject),
  ].filter((instant) => instant !== undefined && instant > subject.now.getTime() && instant < MAX_DATE);
  if (instants.length === 0) return null;
  // Whole seconds, up: states and ledgers count them, and a step begins within one.
  return new Date(Math.ceil(Math.min(...(instants as number[])) / 1000) * 1000);
}

const MAX_DATE = 8.64e15;

/** A certificate that begins to be valid stops being reported. */
function notYetValid(subject: Subject): readonly number[] {
  return judgedCertificates(subject).flatMap((judged) =>
    judged.notBefore === null || isExpired(judged, subject.now) ? [] : [Date.parse(judged.notBefore)],
  );
}
