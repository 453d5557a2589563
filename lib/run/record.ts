import { certificatesOf } from '../core/content.ts';
import { decide } from '../core/decide.ts';
import { evaluate } from '../core/evaluate.ts';
import { findingKey } from '../core/finding.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { confirmAt } from '../core/next-look.ts';
import type { Occasion } from '../core/occasion.ts';
import { outcomeOf } from '../core/outcome.ts';
import { goneSightings, sightingsIn } from '../core/sightings.ts';
import type { HistoryEvent, TargetState } from '../core/state.ts';
import { headsOf, MAX_FINGERPRINTS } from '../core/transition.ts';
import { recordCertificates } from '../store/certificates.ts';
import { recordContent } from '../store/content.ts';
import { putHistory } from '../store/history.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { recordSightings } from '../store/sightings.ts';
import { recordState } from '../store/state.ts';
import { StoreError } from '../store/store-error.ts';
import type { Table } from '../store/table.ts';
import { getTarget } from '../store/targets.ts';
import { derOf } from '../x509/certificate.ts';
import type { Look } from './look.ts';
import { withdrawTarget } from './withdraw-target.ts';

/** What the run as a whole adds to the decision on one target. */
export type RunOccasion = Pick<Occasion, 'policy' | 'impaired' | 'baseline' | 'source' | 'acknowledgements'>;

/** What was written of one look. */
export interface Recorded {
  /** The ledger entries that were changed. */
  readonly changed: readonly LedgerEntry[];
  readonly state: TargetState;
}

/**
 * Writes one look down and decides what is to be said about it. The state comes last: it is what makes a target not
 * due, so a process that is killed anywhere before leaves the target due, and the next run comes to the same decision.
 */
export async function record(table: Table, look: Look, occasion: RunOccasion): Promise<Recorded> {
  const { target, before, transition } = look;
  const { subject } = transition;
  // Before the content: once that is written, nothing tells any more that it changed.
  const history = transition.history ?? returnEvent(look);
  if (history !== null) await putHistory(table, history);
  if (transition.contentChanged) {
    await recordCertificates(
      table,
      look.seen.map((certificate) => ({ certificate, der: derOf(certificate) ?? null })),
    );
  }
  if (transition.contentChanged || look.returned || before.state?.owner !== target.owner) {
    const sightings = sightingsIn(subject);
    const gone = transition.complete ? goneSightings(before.content, sightings) : [];
    await recordSightings(table, target.id, sightings, gone);
  }
  if (transition.contentChanged && transition.content !== null) {
    await recordContent(table, target.id, transition.content, transition.state.observedAt);
  }
  const changed = [...(await decideAndSave(table, look, occasion))];
  const state = { ...transition.state, ...confirmation(look, changed, occasion) };
  // What was withdrawn in between stands in no index any more: it is written whole.
  await recordState(table, state, look.returned ? undefined : before.state);
  if (changed.length > 0) changed.push(...(await closeIfWithdrawn(table, look, occasion)));
  return { changed, state };
}

/** It was taken off the list while it was looked at: what was found meanwhile would stay open for ever. */
async function closeIfWithdrawn(
  table: Table,
  { target }: Look,
  { policy }: RunOccasion,
): Promise<readonly LedgerEntry[]> {
  const record = await getTarget(table, target.id);
  if (record?.withdrawnAt === undefined) return [];
  return withdrawTarget(table, record, policy, new Date(record.withdrawnAt));
}

/** A source that never comes to be complete does not keep its first day for ever. */
const FIRST_DAYS_MS = 48 * 3_600_000;

function isNew({ addedAt, transition }: Look): boolean {
  return transition.subject.now.getTime() - Date.parse(addedAt) < FIRST_DAYS_MS;
}

/** More often than this nobody writes the same findings at the same time. */
const MAX_ROUNDS = 5;

/**
 * Decides and writes the ledger. An entry that somebody else has written meanwhile (a delivery that let go of what it
 * carried, another run) is read again and decided on anew: what is new about it must not wait for the next look.
 */
async function decideAndSave(
  table: Table,
  look: Look,
  occasion: RunOccasion,
): Promise<readonly LedgerEntry[]> {
  const { target, transition } = look;
  const { subject } = transition;
  const findings = evaluate(subject);
  const saved = new Map<string, LedgerEntry>();
  let { ledger } = look;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const changed = decide(ledger, findings, {
      ...occasion,
      baseline: occasion.baseline && isNew(look),
      target: target.id,
      owner: target.owner,
      now: subject.now,
      complete: transition.complete,
      ...staleness(look),
      ...looked(look),
      outcome: (entry) => outcomeOf(entry, transition.content, subject.certificate),
    });
    const { lost } = await saveLedger(table, changed);
    for (const entry of changed) if (!lost.includes(entry)) saved.set(findingKey(entry), entry);
    if (lost.length === 0) return [...saved.values()];
    ({ ledger } = await readTarget(table, target.id));
  }
  throw new StoreError(
    `${target.id}: its findings are written by others all the time; it is looked at again`,
  );
}

/** What its findings ask for: one that is no longer seen is looked for again as soon as that can close it, not after a day. */
function confirmation(
  look: Look,
  changed: readonly LedgerEntry[],
  { policy, acknowledgements }: RunOccasion,
): Pick<TargetState, 'confirmAt'> {
  const current = new Map([...look.ledger, ...changed].map((entry) => [findingKey(entry), entry]));
  const at = confirmAt([...current.values()], { policy, acknowledgements, now: look.transition.subject.now });
  return at === null ? {} : { confirmAt: toInstant(at) };
}

function staleness({ transition }: Look): Pick<Occasion, 'staleSince'> {
  const { state } = transition;
  return state.failure !== undefined && state.seenAt !== null ? { staleSince: state.seenAt } : {};
}

function looked({ before }: Look): Pick<Occasion, 'lookedBefore'> {
  if (before.state === undefined) return {};
  const held = new Set(certificatesOf(before.content));
  return { lookedBefore: { at: before.state.observedAt, holds: (fingerprint) => held.has(fingerprint) } };
}

/** What a target holds that is watched again and did not change in between: its history would end with the withdrawal. */
function returnEvent({ returned, transition: { state, content } }: Look): HistoryEvent | null {
  if (!returned || content === null) return null;
  const { target, observedAt: at } = state;
  const certificates = headsOf(content).slice(0, MAX_FINGERPRINTS);
  return { target, at, event: 'first_seen', certificates, summary: 'watched again' };
}
