/** When a target is looked at next. Cadence follows the remaining time: six days and ten years differ. */
import type { TargetRecord } from './inventory.ts';
import { judgedCertificates } from './judged.ts';
import { ladderPosition, remainingMs } from './ladder.ts';
import type { Cadence, TargetState } from './state.ts';
import type { Subject } from './subject.ts';
import { settingsKey, type Target } from './target.ts';

const MINUTE = 60_000;

/** The classes in rising order, in milliseconds. */
const CADENCE_MS: Readonly<Record<Cadence, number>> = {
  '15m': 15 * MINUTE,
  '1h': 60 * MINUTE,
  '6h': 360 * MINUTE,
  '1d': 1440 * MINUTE,
};

/** A sixteenth of what remains (or of what has passed since the end), never above a day or below a quarter of an hour. */
const SHARE_OF_REMAINING = 1 / 16;

/** A schedule that comes around a little early must not skip a whole round: 90 % of the interval is enough. */
const SLACK = 0.9;

/** The longest class that is not longer than `ms`; the shortest where all are. */
function classWithin(ms: number): Cadence {
  const classes = Object.keys(CADENCE_MS) as Cadence[];
  return classes.findLast((cadence) => CADENCE_MS[cadence] <= ms) ?? '15m';
}

/** The class for a target: the one it was given, else by the certificate that ends soonest (or ended last). A day where nothing is known to end. */
export function cadenceOf(subject: Subject): Cadence {
  if (subject.target.everyMs !== undefined) return classWithin(subject.target.everyMs);
  let soonest = Number.POSITIVE_INFINITY;
  for (const judged of judgedCertificates(subject)) {
    const remaining = remainingMs(judged, subject.now);
    if (remaining !== null && !judged.hasTwin && !judged.isIdle)
      soonest = Math.min(soonest, Math.abs(remaining));
  }
  return classWithin(soonest * SHARE_OF_REMAINING);
}

/** The first instant at which any certificate of the subject steps onto its next rung; null where none will. */
export function nextRungAt(subject: Subject): Date | null {
  let next: Date | null = null;
  for (const judged of judgedCertificates(subject)) {
    if (judged.hasTwin || judged.isIdle) continue;
    const { nextAt } = ladderPosition(judged, judged.column, subject.target.thresholds, subject.now);
    if (nextAt !== null && (next === null || nextAt < next)) next = nextAt;
  }
  return next;
}

/**
 * When a target is due. A rung that begins makes it due at once, because a rung speaks on a fresh sighting only, and so
 * does a finding that has to be looked for once more before it may close. After a
 * failure it is tried again after 15 minutes, then twice that, and so on up to its cadence.
 *
 * @param state Undefined for a target that was never looked at: due immediately, as is one whose settings changed.
 */
export function dueAt(target: Target, state: TargetState | undefined): Date {
  if (state === undefined || (state.settings !== undefined && state.settings !== settingsKey(target)))
    return new Date(0);
  const cadence = target.everyMs ?? CADENCE_MS[state.cadence];
  const byCadence = Date.parse(state.observedAt) + Math.min(cadence, retryMs(state)) * SLACK;
  return new Date(Math.min(byCadence, ...reasonsToLook(state)));
}

/** How long after a failure it is tried again; `Infinity` where there was none. */
function retryMs({ failures }: TargetState): number {
  return failures === 0 ? Number.POSITIVE_INFINITY : CADENCE_MS['15m'] * 2 ** Math.min(failures - 1, 10);
}

/** Instants. A reason that lay behind the latest look has had its fresh sighting, or its failed attempt at one. */
function reasonsToLook(state: TargetState): number[] {
  return [state.nextRungAt, state.confirmAt]
    .map((instant) => (instant === null || instant === undefined ? Number.NaN : Date.parse(instant)))
    .filter((instant) => instant > Date.parse(state.observedAt));
}

/**
 * When a target has to be looked at before the regular turn of its class comes round; null where that is soon enough.
 * What an index is built on: for a target that is well it stays the same from one look to the next.
 */
export function attentionAt(state: TargetState): Date | null {
  const reasons = reasonsToLook(state);
  const retry = retryMs(state);
  if (retry < CADENCE_MS[state.cadence]) reasons.push(Date.parse(state.observedAt) + retry);
  return reasons.length === 0 ? null : new Date(Math.min(...reasons));
}

/** Whether the target was taken off the list after its last look and put on it again: what was listed of it is gone. */
export function hasReturned({ addedAt }: TargetRecord, state: TargetState | undefined): boolean {
  // States count whole seconds: the look that followed the addition at once may bear the same one.
  return state !== undefined && Date.parse(addedAt) - Date.parse(state.observedAt) >= 1000;
}
