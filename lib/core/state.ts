import type { Failure } from './reason.ts';

/** The hot memory of a target: what changes with every observation. Instants are ISO 8601 UTC. */
export interface TargetState {
  readonly target: string;
  /** Whose certificates they are listed as, null for nobody's. Absent where they were not listed yet. */
  readonly owner?: string | null;
  /** When it was last looked at, with whatever result. Never goes back. */
  readonly observedAt: string;
  /** When `Content` was last confirmed by an observation that saw certificates; null if it never was. */
  readonly seenAt: string | null;
  /** Observations in a row that were incomplete: some or all of it could not be seen. 0 after a complete one. */
  readonly failures: number;
  /** Why the latest observation saw nothing at all; absent where it saw something. */
  readonly failure?: Failure;
  /** How often it is looked at. Changes rarely, so that an index may be built on it. */
  readonly cadence: Cadence;
  /** When the next rung begins for any of its certificates; null where none is ahead. */
  readonly nextRungAt: string | null;
  /** When to look again whether a finding that was not seen any more is really gone. */
  readonly confirmAt?: string;
  /** The network that it is probed from; absent for the public one. */
  readonly network?: string;
  /** When an endpoint was last looked into deeper (`DeepLook`), and when others were last asked (`Inquiry`). */
  readonly deepAt?: string;
  readonly inquiredAt?: string;
  /** `settingsKey` of the target when it was looked at. */
  readonly settings?: string;
}

/** Classes of probe cadence. */
export type Cadence = '15m' | '1h' | '6h' | '1d';

/** A change in what a target holds: written when the set of certificates changes, never otherwise. */
export interface HistoryEvent {
  readonly target: string;
  readonly at: string;
  readonly event: 'first_seen' | 'changed' | 'failing' | 'recovered' | 'withdrawn';
  /** Leaf fingerprints of an endpoint, all fingerprints of a bundle (at most 100 are kept). */
  readonly certificates: readonly string[];
  /** One sentence of our own. */
  readonly summary: string;
}
