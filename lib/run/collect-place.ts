import { isDeepStrictEqual } from 'node:util';
import { type Defaults, tagsAskedFor, withDefaults } from '../config/settings.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { BlindSpot, SourceHealth } from '../core/run.ts';
import type { Target } from '../core/target.ts';
import type { ListingEnd } from '../sources/aws/listing.ts';
import { listDiscovered, putDiscovered } from '../store/discovered.ts';
import { noteDue } from '../store/due.ts';
import { getSource, putSource } from '../store/sources.ts';
import { getTarget, putTarget } from '../store/targets.ts';
import { judgeUnseen } from './judge-unseen.ts';
import {
  brokenSpot,
  type CollectOptions,
  MAX_BROKEN,
  OUT_OF_TIME,
  recordObservation,
} from './record-listed.ts';
import { withdrawTarget } from './withdraw-target.ts';

export interface Collected {
  /** Everything that was listed was recorded; false where time ran out, and the listing has to be done again. */
  readonly finished: boolean;
  readonly listed: number;
  readonly failed: number;
  readonly withdrawn: number;
  readonly decided: readonly LedgerEntry[];
  readonly health: SourceHealth;
}

/** What recording one more item and the health may take at worst. */
const RESERVE_MS = 20_000;

/** A listing that misses something once may have met it in the middle of a change. */
const GONE_AFTER = 2;

const GONE_APART_MS = 30 * 60_000;

/**
 * Writes down what a source lists. Only a complete listing says that something is gone, and only the second one in a
 * row. The health of the source is written last.
 */
export async function collectPlace(options: CollectOptions): Promise<Collected> {
  const { table, source, listing, now, timeLeftMs } = options;
  const startedAt = now();
  const before = await getSource(table, source);
  const known = await listDiscovered(table, source);

  const seen = new Set<string>();
  const decided: LedgerEntry[] = [];
  let failed = 0;
  const broken: BlindSpot[] = [];
  let end: ListingEnd | undefined;
  while (end === undefined) {
    const next = await listing.next();
    if (next.done === true) {
      end = next.value;
      continue;
    }
    const { observation } = next.value;
    const target = settled(next.value.target, options.defaults);
    seen.add(target.id);
    if (observation?.failure !== undefined) failed += 1;
    try {
      const kept = await keep(options, target, known.get(target.id));
      if (observation !== null)
        decided.push(...(await recordObservation(options, kept, observation, before)));
    } catch (error) {
      // One that cannot be stored must not hide what is listed behind it. A table that is down fails for all.
      broken.push(brokenSpot(target.id, error as Error));
      if (broken.length > MAX_BROKEN) throw error;
    }
    if (timeLeftMs() < RESERVE_MS) {
      await listing.return(OUT_OF_TIME);
      end = OUT_OF_TIME;
    }
  }

  const [first] = broken;
  // What could not be stored was not read, as far as anybody will know.
  if (first !== undefined && end.complete) end = { ...end, complete: false, failure: first.failure };
  if (!end.complete) {
    const stored = new Set([...seen].filter((id) => !broken.some(({ what }) => what === id)));
    decided.push(...(await judgeUnseen(options, [...known.values()], stored, end, before, broken)));
  }

  let withdrawn = 0;
  for (const each of known.values()) {
    if (!end.complete || seen.has(each.target.id) || each.withdrawnAt !== undefined) continue;
    const unlisted = (each.unlisted ?? 0) + 1;
    const since = each.unlistedAt === undefined ? 0 : startedAt.getTime() - Date.parse(each.unlistedAt);
    // Events may have a source listed twice within a second: both look at the same moment.
    if (each.unlistedAt !== undefined && since < GONE_APART_MS) continue;
    if (unlisted < GONE_AFTER)
      await putTarget(table, { ...each, unlisted, unlistedAt: toInstant(startedAt) });
    else {
      decided.push(...(await withdrawTarget(table, each, options.policy, now())));
      withdrawn += 1;
    }
  }
  const health = healthOf(
    source,
    before,
    { ...end, blind: [...broken, ...end.blind] },
    { startedAt, listed: seen.size, failed },
  );
  await putSource(table, health);
  return { finished: end !== OUT_OF_TIME, listed: seen.size, failed, withdrawn, decided, health };
}

/**
 * What was listed, with what the configuration says of it. Only tags that some rule asks for are kept, and the network
 * of what the configuration names is not that of what is found.
 */
function settled(listed: Target, { network: _, ...defaults }: Defaults): Target {
  const wanted = tagsAskedFor(defaults);
  const tags = Object.entries(listed.tags).filter(([key]) => wanted.has(key));
  return withDefaults({ ...listed, tags: Object.fromEntries(tags) }, defaults);
}

/** The record of a listed target, brought up to date. One that a person defined keeps what was said of it. */
async function keep(
  { table, source, now }: CollectOptions,
  target: Target,
  known: TargetRecord | undefined,
): Promise<TargetRecord> {
  const stored = known ?? (await getTarget(table, target.id));
  const defined = stored !== undefined && stored.origin !== 'discovered' && stored.withdrawnAt === undefined;
  if (defined) return stored;
  const isCurrent =
    stored !== undefined &&
    stored.withdrawnAt === undefined &&
    stored.unlisted === undefined &&
    stored.config === source &&
    isDeepStrictEqual(stored.target, target);
  if (isCurrent) return stored;
  const returns = stored === undefined || stored.withdrawnAt !== undefined;
  const addedAt = returns ? toInstant(now()) : stored.addedAt;
  const record: TargetRecord = { target, origin: 'discovered', config: source, addedAt };
  if (target.kind === 'endpoint') {
    const { network } = target;
    // First: once it is stored, nothing tells any more that it is new.
    await noteDue(table, [{ target: target.id, ...(network === undefined ? {} : { network }) }], now());
  }
  await putDiscovered(table, source, record);
  return record;
}

interface Tally {
  readonly startedAt: Date;
  readonly listed: number;
  readonly failed: number;
}

function healthOf(
  source: string,
  before: SourceHealth | undefined,
  { complete, failure, blind }: ListingEnd,
  { startedAt, listed, failed }: Tally,
): SourceHealth {
  const at = toInstant(startedAt);
  const lastSuccessAt = complete ? at : before?.lastSuccessAt;
  const firstFailureAt = complete ? undefined : (before?.firstFailureAt ?? at);
  return {
    source,
    lastRunAt: at,
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    ...(firstFailureAt === undefined ? {} : { firstFailureAt }),
    firstCompleteAt: before?.firstCompleteAt ?? (complete ? at : null),
    listed,
    parsed: listed - failed,
    skipped: 0,
    denied: failed,
    ...(failure === undefined ? {} : { failure }),
    ...(blind.length === 0 ? {} : { blind }),
  };
}
