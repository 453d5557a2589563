import { FETCH_FAILURES, type FetchFailure } from '../../core/fetch-failure.ts';
import type { Fetched, Fetcher } from './fetch.ts';

/** What became of a URL: what was read out of the answer, or why there is nothing. */
type Kept<Value> =
  | { readonly value: Value; readonly fetchedAt: Date }
  | { readonly failure: FetchFailure; readonly fetchedAt: Date };

/** What a caller makes of an answer. */
interface Reading<Value> {
  readonly value: Value;
  /** How long it is worth keeping: a CRL until its nextUpdate. Null where it does not say. */
  readonly keepUntil: Date | null;
}

export interface FetchCacheOptions<Value> {
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  /** Reads an answer, once however many ask. What it throws becomes the failure `unreadable`. */
  readonly read: (fetched: Fetched) => Reading<Value>;
  /** The media types wanted. @default anything */
  readonly accept?: string;
  /** Of all answers together; what went unused for longest is forgotten first. An answer above it counts as too large. */
  readonly maxBytes: number;
  /** @default the host's clock */
  readonly now?: () => Date;
}

/** Fetches each URL once for all who ask, and again when what it said is no longer worth keeping. */
export interface FetchCache<Value> {
  /** Never rejects. */
  get(url: string): Promise<Kept<Value>>;
}

const MINUTE_MS = 60_000;
/** No host is asked more often for one URL, and a failure of its own is not repeated sooner. */
const SHORTEST_MS = 10 * MINUTE_MS;
/** A list that is valid for a year may be replaced tomorrow. */
const LONGEST_MS = 24 * 60 * MINUTE_MS;

/** What an entry costs besides its bytes, roughly: a failure is not free either. */
const ENTRY_BYTES = 1024;

interface Entry<Value> {
  readonly kept: Kept<Value>;
  readonly until: number;
  readonly bytes: number;
}

export function createFetchCache<Value>(options: FetchCacheOptions<Value>): FetchCache<Value> {
  const { fetcher, read, accept, maxBytes, now = () => new Date() } = options;
  // A Map iterates in order of insertion: the first is what went unused for longest.
  const entries = new Map<string, Entry<Value>>();
  const underWay = new Map<string, Promise<Kept<Value>>>();
  let held = 0;

  function forget(url: string, entry: Entry<Value>): void {
    entries.delete(url);
    held -= entry.bytes;
  }

  function keep(url: string, entry: Entry<Value>): void {
    const before = entries.get(url);
    if (before !== undefined) forget(url, before);
    for (const [eldest, { bytes }] of entries) {
      if (held + entry.bytes <= maxBytes) break;
      entries.delete(eldest);
      held -= bytes;
    }
    entries.set(url, entry);
    held += entry.bytes;
  }

  async function load(url: string): Promise<Kept<Value>> {
    const result = await fetcher.fetch(url, accept === undefined ? {} : { accept });
    const fetchedAt = now();
    const reading = 'failure' in result ? result : readSafely(result);
    const asked = 'failure' in reading ? null : reading.keepUntil;
    const kept: Kept<Value> =
      'failure' in reading ? { failure: reading.failure, fetchedAt } : { value: reading.value, fetchedAt };
    // That we had no turn for it, or were ended, says nothing of the URL.
    if ('failure' in kept && FETCH_FAILURES[kept.failure.code].fault === 'monitor') return kept;
    const size = 'value' in kept && 'bytes' in result ? result.bytes.length : 0;
    keep(url, { kept, until: keepUntil(asked, fetchedAt), bytes: ENTRY_BYTES + url.length + size });
    return kept;
  }

  function readSafely(fetched: Fetched): Reading<Value> | { readonly failure: FetchFailure } {
    const { length } = fetched.bytes;
    if (length > maxBytes) return { failure: { code: 'too_large', detail: `${length} bytes` } };
    try {
      return read(fetched);
    } catch (error) {
      return { failure: { code: 'unreadable', detail: (error as Error).message } };
    }
  }

  return {
    get(url) {
      const entry = entries.get(url);
      if (entry !== undefined && now().getTime() < entry.until) {
        entries.delete(url);
        entries.set(url, entry);
        return Promise.resolve(entry.kept);
      }
      const loading = underWay.get(url) ?? load(url).finally(() => underWay.delete(url));
      underWay.set(url, loading);
      return loading;
    },
  };
}

/** Milliseconds since 1970; within the bounds whatever was asked for. */
function keepUntil(asked: Date | null, fetchedAt: Date): number {
  const earliest = fetchedAt.getTime() + SHORTEST_MS;
  const latest = fetchedAt.getTime() + LONGEST_MS;
  const wanted = asked?.getTime() ?? earliest;
  return Number.isNaN(wanted) ? earliest : Math.min(latest, Math.max(earliest, wanted));
}
