import type { Key } from './schema.ts';

/** An item as the document client takes and gives it. */
export type Item = Record<string, unknown>;

/** What an item has beside its record: index keys (in the order partition, sort) and an end of life. */
interface Placement {
  readonly gsi1?: readonly [string, string];
  readonly gsi2?: readonly [string, string];
  /** Epoch seconds. */
  readonly ttl?: number;
}

// Far above anything real (a path has 4096 bytes), and low enough that a hostile name does not fill an item of 400 KB.
const LONGEST_TEXT = 5_000;

/**
 * The item that keeps `record`: its fields become attributes as they are, so that a later version may add some
 * without a word here. Texts are cut at 5,000 characters and rid of lone surrogates, which no JSON may carry.
 */
export function itemOf(key: Key, record: object, placement: Placement = {}): Item & Key {
  const item: Item & Key = { ...key };
  for (const [name, value] of Object.entries(record)) item[name] = storable(value);
  if (placement.gsi1 !== undefined) [item['gsi1pk'], item['gsi1sk']] = placement.gsi1;
  if (placement.gsi2 !== undefined) [item['gsi2pk'], item['gsi2sk']] = placement.gsi2;
  if (placement.ttl !== undefined) item['ttl'] = placement.ttl;
  return item;
}

/** What tells two items of the table apart, as one string. */
export function keyName({ pk, sk }: Item | Key): string {
  return JSON.stringify([pk, sk]);
}

/**
 * The record that `item` keeps. `blank` has every required field with the value it takes where the item (an older
 * one, or one edited by hand) lacks it or has something of another type; a field that is null in `blank` may hold
 * anything. Further attributes pass unchanged.
 */
export function recordOf<T extends object>(item: Item, blank: T): T {
  const { pk, sk, gsi1pk, gsi1sk, gsi2pk, gsi2sk, ttl, ...fields } = item;
  for (const [name, fallback] of Object.entries(blank)) {
    if (fields[name] === undefined || (fallback !== null && typeOf(fields[name]) !== typeOf(fallback))) {
      fields[name] = fallback;
    }
  }
  return fields as T;
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}

/** `value` as it may be stored. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return clip(value, LONGEST_TEXT);
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, storable(field)]));
}

/** At most `length` characters of `text`, the last one an ellipsis where some are missing. */
export function clip(text: string, length: number): string {
  return (text.length <= length ? text : `${text.slice(0, length - 1)}…`).toWellFormed();
}

/** Fingerprints (SHA-256, lower-case hex) at 32 bytes each: half of what their text takes. */
export function packFingerprints(fingerprints: readonly string[]): Uint8Array {
  const odd = fingerprints.find((fingerprint) => !/^[0-9a-f]{64}$/.test(fingerprint));
  if (odd !== undefined) {
    throw new TypeError(`not a fingerprint: ${JSON.stringify(odd)}, wanted 64 lower-case hexadecimal digits`);
  }
  return Buffer.from(fingerprints.join(''), 'hex');
}

/** The reverse of `packFingerprints`. Empty for anything that is not such a value. */
export function unpackFingerprints(value: unknown): readonly string[] {
  if (!(value instanceof Uint8Array)) return [];
  const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  return hex.match(/.{64}/g) ?? [];
}

const DAY_SECONDS = 86_400;

/** The TTL attribute of an item that may go `days` after the instant `at` (ISO 8601). */
export function ttlAfter(at: string, days: number): number {
  return Math.floor(Date.parse(at) / 1000) + days * DAY_SECONDS;
}
