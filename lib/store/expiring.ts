import { CANARY_TARGET } from '../core/canary.ts';
import { toInstant } from '../core/instant.ts';
import type { Sighting } from '../core/inventory.ts';
import type { Item } from './codec.ts';
import { queryItems, type Range } from './query.ts';
import { expiresPartition, ownerPartition, SHARDS, SORT_KEYS } from './schema.ts';
import { sightingOf } from './sightings.ts';
import type { Table } from './table.ts';

// Small enough that whoever wants only the first few does not wait for all eight shards in full.
const PAGE_SIZE = 250;

/** Which sightings are wanted; `owner: null` means those that nobody owns. */
export interface ExpiringFilter {
  /** Certificates whose last valid second lies before this. */
  readonly before: Date;
  readonly owner?: string | null;
}

/**
 * Sightings of certificates that expire before an instant, those that have expired included, in the order of their
 * ends. Certificates whose end cannot be read are not among them, and neither is the daily canary.
 */
export async function* expiring(
  table: Table,
  { before, owner }: ExpiringFilter,
): AsyncGenerator<Sighting, void, undefined> {
  // Ends are whole seconds: before an instant means up to the last whole second before it.
  const last = `${toInstant(new Date(Math.min(Math.ceil(before.getTime() / 1000) * 1000 - 1000, LATEST)))}#~`;
  if (last < '0') return;
  if (owner !== undefined) {
    const between = [SORT_KEYS.expires, `${SORT_KEYS.expires}${last}`] as const;
    const range: Range = { index: 'gsi2', partition: ownerPartition(owner), between, pageSize: PAGE_SIZE };
    for await (const row of queryItems(table, range)) {
      const sighting = sightingOf(row);
      if (sighting.owner === owner && sighting.target !== CANARY_TARGET) yield sighting;
    }
    return;
  }
  const shards = Array.from({ length: SHARDS }, (_, shard) =>
    queryItems(table, {
      index: 'gsi1',
      partition: expiresPartition(shard),
      between: ['0', last],
      pageSize: PAGE_SIZE,
    }),
  );
  for await (const row of merge(shards, 'gsi1sk')) {
    const sighting = sightingOf(row);
    if (sighting.target !== CANARY_TARGET) yield sighting;
  }
}

/** The last instant that four digits of year can name. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Items of several ordered sources in one order, reading no further ahead than each source's next item. */
async function* merge(
  sources: readonly AsyncGenerator<Item, void, undefined>[],
  attribute: string,
): AsyncGenerator<Item, void, undefined> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first: { readonly item: Item; readonly index: number } | undefined;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      if (first === undefined || String(head.value[attribute]) < String(first.item[attribute])) {
        first = { item: head.value, index };
      }
    }
    if (first === undefined) return;
    yield first.item;
    const source = sources[first.index];
    if (source !== undefined) heads[first.index] = await source.next();
  }
}
