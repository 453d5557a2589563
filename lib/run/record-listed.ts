import type { Defaults } from '../config/settings.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Observation } from '../core/observation.ts';
import type { Policy } from '../core/policy.ts';
import type { BlindSpot, SourceHealth } from '../core/run.ts';
import type { Listing, ListingEnd } from '../sources/aws/listing.ts';
import type { Table } from '../store/table.ts';
import { look } from './look.ts';
import { type RunOccasion, record } from './record.ts';

/** What the listing of one source is recorded with. */
export interface CollectOptions {
  readonly table: Table;
  /** The id of the source: `acm/<account>/<region>`. */
  readonly source: string;
  readonly listing: Listing;
  readonly policy: Policy;
  /** What the configuration says for every target. */
  readonly defaults: Defaults;
  readonly occasion: Pick<RunOccasion, 'impaired' | 'acknowledgements'>;
  readonly now: () => Date;
  /** Milliseconds that are left. The listing ends early, and not as complete, when they are nearly used up. */
  readonly timeLeftMs: () => number;
}

/** More than this that cannot be stored are a fault of the table. */
export const MAX_BROKEN = 10;

/** A target that could not be stored, as what the source cannot see. */
export function brokenSpot(what: string, { message }: Error): BlindSpot {
  return {
    what,
    failure: { reason: 'internal_error', detail: message.slice(0, 300) },
    remedy: 'what was seen of it cannot be stored: split it where it is large',
  };
}

/** How a listing ends that there was no time for. */
export const OUT_OF_TIME = {
  complete: false,
  failure: { reason: 'listing_failed', detail: 'there was not enough time for all of it' },
  blind: [],
} as const satisfies ListingEnd;

/** Records what a source saw of a target that it listed. */
export async function recordObservation(
  { table, policy, occasion, source }: CollectOptions,
  kept: TargetRecord,
  observation: Observation,
  health: SourceHealth | undefined,
): Promise<readonly LedgerEntry[]> {
  const given = { collect: async () => observation, close: () => undefined };
  const seen = await look(table, given, kept, policy);
  if (seen === null) return [];
  const baseline = health?.firstCompleteAt == null;
  return (await record(table, seen, { ...occasion, policy, baseline, source })).changed;
}
