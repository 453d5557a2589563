/** The expiry ladder: which rung a certificate stands on, by its lifetime and what remains of it. */
import { NO_EXPIRY } from './certificate.ts';
import { toInstant } from './instant.ts';

/** One step towards expiry, in rising order. `notice-again` exists only for CAs administered here. */
export type Rung = 'notice' | 'notice-again' | 'warning' | 'critical' | 'last' | 'expired';

/** When a rung begins: a remaining time in milliseconds, or a share of the lifetime (0 to 1). */
export type Threshold = { readonly ms: number } | { readonly share: number };

/** Rungs that a person may move. `expired` is a fact. */
export type MovableRung = Exclude<Rung, 'expired'>;

/** Which ladder applies: `leaf` for what an endpoint serves, `ca` for CAs that somebody here administers. */
export type LadderColumn = 'leaf' | 'ca';

export type ThresholdOverrides = {
  readonly [Column in LadderColumn]?: { readonly [R in MovableRung]?: Threshold };
};

const DAY = 86_400_000;

interface Step {
  readonly rung: MovableRung;
  readonly ceilingMs: number;
  readonly share: number;
}

/**
 * A rung begins at the smaller of a ceiling and a share of the lifetime, so that one ladder serves six days and ten
 * years. Renewal is due with a third of a leaf's lifetime left: the first rung leaves automation its grace. CAs come
 * earlier because clients have to be given new ones.
 */
const LADDERS: Readonly<Record<LadderColumn, readonly Step[]>> = {
  leaf: [
    { rung: 'notice', ceilingMs: 30 * DAY, share: 1 / 4 },
    { rung: 'warning', ceilingMs: 14 * DAY, share: 1 / 8 },
    { rung: 'critical', ceilingMs: 7 * DAY, share: 1 / 16 },
    { rung: 'last', ceilingMs: DAY, share: 1 / 32 },
  ],
  ca: [
    { rung: 'notice', ceilingMs: 365 * DAY, share: 1 / 3 },
    { rung: 'notice-again', ceilingMs: 180 * DAY, share: 1 / 6 },
    { rung: 'warning', ceilingMs: 90 * DAY, share: 1 / 12 },
    { rung: 'critical', ceilingMs: 30 * DAY, share: 1 / 24 },
    { rung: 'last', ceilingMs: 7 * DAY, share: 1 / 48 },
  ],
};

const RISING: readonly Rung[] = ['notice', 'notice-again', 'warning', 'critical', 'last', 'expired'];

/** Position in rising order: 0 for `notice`; -1 for none. */
export function rungRank(rung: Rung | null): number {
  return rung === null ? -1 : RISING.indexOf(rung);
}

/** A rung and the remaining time at which it begins. */
export interface RungStart {
  readonly rung: MovableRung;
  readonly remainingMs: number;
}

/**
 * Where each rung begins for one certificate, least severe first. An override replaces its rung. Where an override
 * puts a milder rung behind a more severe one (possible only for some lifetimes, else the configuration was refused),
 * the milder rung begins together with it: rungs never invert.
 *
 * @param lifetimeMs notAfter − notBefore; `Infinity` where it cannot be told, and then only ceilings count.
 */
export function thresholdsFor(
  column: LadderColumn,
  lifetimeMs: number,
  overrides: ThresholdOverrides = {},
): readonly RungStart[] {
  const starts: RungStart[] = [];
  let floor = 0;
  for (const step of LADDERS[column].toReversed()) {
    floor = Math.max(floor, ownThreshold(step, lifetimeMs, overrides[column]?.[step.rung]));
    starts.unshift({ rung: step.rung, remainingMs: floor });
  }
  return starts;
}

function ownThreshold(step: Step, lifetimeMs: number, override: Threshold | undefined): number {
  if (override !== undefined && 'ms' in override) return override.ms;
  if (lifetimeMs === Number.POSITIVE_INFINITY) return step.ceilingMs;
  return override === undefined
    ? Math.min(step.ceilingMs, lifetimeMs * step.share)
    : lifetimeMs * override.share;
}

/** The validity bounds that a ladder is climbed with. */
export interface Validity {
  readonly notBefore: string | null;
  readonly notAfter: string | null;
}

/** Valid through the whole second of notAfter (RFC 5280 §4.1.2.5). Unreadable bounds are never expired. */
export function isExpired(validity: Validity, now: Date): boolean {
  if (validity.notAfter === null || validity.notAfter === NO_EXPIRY) return false;
  return Math.floor(now.getTime() / 1000) * 1000 > Date.parse(validity.notAfter);
}

/** notAfter − now in milliseconds; null where it does not expire or cannot be told. */
export function remainingMs(validity: Validity, now: Date): number | null {
  if (validity.notAfter === null || validity.notAfter === NO_EXPIRY) return null;
  return Date.parse(validity.notAfter) - now.getTime();
}

/** notAfter − notBefore in milliseconds; `Infinity` where that cannot be told or makes no sense. */
function lifetimeMs(validity: Validity): number {
  if (validity.notBefore === null || validity.notAfter === null) return Number.POSITIVE_INFINITY;
  const lifetime = Date.parse(validity.notAfter) - Date.parse(validity.notBefore);
  return lifetime > 0 ? lifetime : Number.POSITIVE_INFINITY;
}

/** A rung and the instant at which it began. */
export interface RungBegin {
  readonly rung: Rung;
  readonly at: string;
}

/** Where a certificate stands, how it came there, and the instant at which it moves on. */
export interface LadderPosition {
  /** Null before the first rung. */
  readonly rung: Rung | null;
  /** The milder rungs below, with the instants at which they began. */
  readonly passed: readonly RungBegin[];
  /** When the next rung begins; null on the last one, or where there is no expiry. */
  readonly nextAt: Date | null;
}

/** Instants are compared, never whole days. */
export function ladderPosition(
  validity: Validity,
  column: LadderColumn,
  overrides: ThresholdOverrides | undefined,
  now: Date,
): LadderPosition {
  const remaining = remainingMs(validity, now);
  if (remaining === null || validity.notAfter === null) return { rung: null, passed: [], nextAt: null };
  const end = Date.parse(validity.notAfter);
  const begins: { rung: Rung; at: number }[] = thresholdsFor(column, lifetimeMs(validity), overrides).map(
    (start) => ({ rung: start.rung, at: Math.ceil(end - start.remainingMs) }),
  );
  // Expired from the first whole second after notAfter (`isExpired`).
  begins.push({ rung: 'expired', at: end + 1000 });
  const next = begins.find((begin) => begin.at > now.getTime());
  const begun = begins.filter((begin) => begin.at <= now.getTime());
  return {
    rung: begun.at(-1)?.rung ?? null,
    passed: begun.slice(0, -1).map(({ rung, at }) => ({ rung, at: toInstant(new Date(at)) })),
    nextAt: next === undefined ? null : new Date(next.at),
  };
}
