import type { CheckId } from './finding.ts';
import type { Severity } from './severity.ts';

/** How eager the monitor is to speak. The same for all targets; rungs are moved per target. Times in milliseconds. */
export interface Policy {
  /** Observations in a row that must fail before "could not observe" is a finding. One-off commands use 1. */
  readonly unreachableAfter: number;
  /** A finding is gone after this many complete observations in a row without it, … */
  readonly closeAfter: number;
  /** … each at least this long after the one before: two looks within a minute see the same rollout. */
  readonly closeApartMs: number;
  /**
   * A finding that came back once closes only after this time without it: what comes and goes is announced again at
   * once, and its all-clear waits.
   */
  readonly returnedCloseMs: number;
  /** When more than this share of a run newly fails, it is the monitor that is impaired, … */
  readonly impairedShare: number;
  /** … provided at least this many failed. */
  readonly impairedAtLeast: number;
  /** "Could not observe" is held back while the monitor is impaired, but never longer than this. */
  readonly holdMs: number;
  /** What is critical is recalled at this interval (`reminderAt`); `Infinity` for never. */
  readonly remindMs: number;
  /** Optional checks that speak, too. */
  readonly switchedOn: ReadonlySet<CheckId>;
  /** How long an alert may wait for others before the message leaves. Nothing waits where a person sits and looks. */
  readonly waits: Waits;
}

/** Milliseconds, by what it is: news by severity, a first look for the rest of its source, the repeated for a quiet moment. */
export type Waits = Readonly<Record<Severity | 'baseline' | 'reminder' | 'repeated', number>>;

const HOUR = 3_600_000;

export const DEFAULT_POLICY: Policy = {
  unreachableAfter: 3,
  closeAfter: 2,
  closeApartMs: HOUR,
  returnedCloseMs: 24 * HOUR,
  impairedShare: 0.5,
  impairedAtLeast: 5,
  holdMs: 24 * HOUR,
  remindMs: 72 * HOUR,
  switchedOn: new Set(),
  waits: { info: 0, warning: 0, critical: 0, baseline: 0, reminder: 0, repeated: 0 },
};

/** Where nobody sits and looks: fewer, fuller messages, and still at once what is critical. */
export const UNATTENDED_WAITS: Waits = {
  info: 24 * HOUR,
  warning: HOUR,
  critical: 0,
  baseline: 24 * HOUR,
  reminder: 24 * HOUR,
  repeated: 24 * HOUR,
};
