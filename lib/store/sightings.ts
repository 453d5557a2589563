import type { Sighting } from '../core/inventory.ts';
import { batchWrite } from './batch.ts';
import { clip, type Item, itemOf, recordOf } from './codec.ts';
import { forEachParallel } from './parallel.ts';
import { queryItems } from './query.ts';
import {
  certificatePartition,
  expiresPartition,
  type Key,
  keyPart,
  ownerPartition,
  SORT_KEYS,
  shardOfFingerprint,
} from './schema.ts';
import type { Table } from './table.ts';
import { updateIf } from './write.ts';

const WRITES_AT_ONCE = 16;
const LONGEST_NAME = 2_000;

/**
 * Notes which certificates are at a target, and that others are gone from it. A sighting that is known keeps its
 * `firstSeenAt`; the rest is replaced. Repeating it changes nothing.
 *
 * @param gone Fingerprints that a complete observation no longer showed; unknown ones do no harm.
 */
export async function recordSightings(
  table: Table,
  targetId: string,
  sightings: readonly Sighting[],
  gone: readonly string[],
): Promise<void> {
  await forEachParallel(sightings, WRITES_AT_ONCE, async (sighting) => {
    const { pk, sk, ...attributes } = sightingItem(sighting);
    await updateIf(table, keyOf(sighting.fingerprint, sighting.target), attributes, undefined, [
      'firstSeenAt',
    ]);
  });
  await batchWrite(
    table,
    [...new Set(gone)].map((fingerprint) => ({ remove: keyOf(fingerprint, targetId) })),
  );
}

/** Everywhere a certificate is seen, by target. */
export async function* sightingsOf(
  table: Table,
  fingerprint: string,
): AsyncGenerator<Sighting, void, undefined> {
  const range = { partition: certificatePartition(fingerprint), prefix: SORT_KEYS.sighting };
  for await (const item of queryItems(table, range)) yield sightingOf(item);
}

/** The sighting that an item, or a row of an index, keeps. */
export function sightingOf(item: Item): Sighting {
  return recordOf<Sighting>(item, {
    fingerprint: '',
    target: '',
    kind: 'endpoint',
    owner: null,
    role: 'leaf',
    subject: '',
    issuer: '',
    notAfter: null,
    firstSeenAt: '',
  });
}

const keyOf = (fingerprint: string, target: string): Key => ({
  pk: certificatePartition(fingerprint),
  sk: `${SORT_KEYS.sighting}${keyPart(target)}`,
});

function sightingItem(sighting: Sighting): Item {
  const { fingerprint, target, owner, notAfter, subject, issuer } = sighting;
  const key = keyOf(fingerprint, target);
  const record = { ...sighting, subject: clip(subject, LONGEST_NAME), issuer: clip(issuer, LONGEST_NAME) };
  // An end that cannot be read has no place in an order of ends.
  if (notAfter === null) return { ...itemOf(key, record), ...UNPLACED };
  const place = `${notAfter}#${fingerprint}#${keyPart(target)}`;
  return itemOf(key, record, {
    gsi1: [expiresPartition(shardOfFingerprint(fingerprint)), place],
    gsi2: [ownerPartition(owner), `${SORT_KEYS.expires}${place}`],
  });
}

const UNPLACED = { gsi1pk: undefined, gsi1sk: undefined, gsi2pk: undefined, gsi2sk: undefined };
