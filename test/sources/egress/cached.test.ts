import { describe, expect, test } from 'vitest';
import { createFetchCache, type FetchCacheOptions } from '../../../lib/sources/egress/cached.ts';
import type { FetchResult } from '../../../lib/sources/egress/fetch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = new Date('2026-11-20T12:00:00Z').getTime();

/** A cache of texts over a server that counts; `at` moves the clock. */
function cacheOver(
  respond: (url: string) => string | FetchResult,
  options: Partial<FetchCacheOptions<string>> & { readonly keepMs?: number | null } = {},
) {
  const { keepMs = HOUR, ...rest } = options;
  const asked: string[] = [];
  let time = T0;
  const cache = createFetchCache<string>({
    fetcher: {
      fetch: async (url) => {
        asked.push(url);
        const response = respond(url);
        if (typeof response !== 'string') return response;
        return { bytes: Buffer.from(response), contentType: null, maxAge: null };
      },
    },
    read: ({ bytes }) => ({
      value: String(bytes),
      keepUntil: keepMs === null ? null : new Date(time + keepMs),
    }),
    maxBytes: 1_000_000,
    now: () => new Date(time),
    ...rest,
  });
  const at = (ms: number) => {
    time = T0 + ms;
  };
  return { cache, asked, at };
}

describe('a URL', () => {
  test('costs one request for ten thousand who ask, side by side or one after the other', async () => {
    const { cache, asked } = cacheOver(() => 'list');
    const all = await Promise.all(Array.from({ length: 5000 }, () => cache.get('http://ca.test/')));
    for (let more = 0; more < 5000; more += 1) all.push(await cache.get('http://ca.test/'));
    expect(asked).toEqual(['http://ca.test/']);
    expect(new Set(all)).toEqual(new Set([{ value: 'list', fetchedAt: new Date(T0) }]));
  });

  test('is read once', async () => {
    let read = 0;
    const { cache } = cacheOver(() => 'list', {
      read: () => {
        read += 1;
        return { value: 'x', keepUntil: null };
      },
    });
    await Promise.all([cache.get('a'), cache.get('a')]);
    await cache.get('a');
    expect(read).toBe(1);
  });

  test.each([
    ['as long as it says', 3 * HOUR, 3 * HOUR],
    ['a day where it says longer', 400 * 24 * HOUR, 24 * HOUR],
    ['ten minutes where it says shorter', MINUTE, 10 * MINUTE],
    ['ten minutes where it is over already', -HOUR, 10 * MINUTE],
    ['ten minutes where it says nothing', null, 10 * MINUTE],
    ['ten minutes where its date is none', Number.NaN, 10 * MINUTE],
  ])('is kept %s', async (_, keepMs, length) => {
    const { cache, asked, at } = cacheOver(() => 'list', { keepMs });
    await cache.get('a');
    at(length - 1);
    await cache.get('a');
    expect(asked).toHaveLength(1);
    at(length);
    await cache.get('a');
    expect(asked).toHaveLength(2);
  });

  test('that fails is left alone for ten minutes', async () => {
    const failure = { code: 'timed_out' } as const;
    const { cache, asked, at } = cacheOver(() => ({ failure }));
    expect(await cache.get('a')).toEqual({ failure, fetchedAt: new Date(T0) });
    at(10 * MINUTE - 1);
    await cache.get('a');
    expect(asked).toHaveLength(1);
    at(10 * MINUTE);
    await cache.get('a');
    expect(asked).toHaveLength(2);
  });

  test('whose answer cannot be read says why', async () => {
    const read = () => {
      throw new Error('not a SEQUENCE');
    };
    const { cache } = cacheOver(() => 'html', { read });
    expect(await cache.get('a')).toMatchObject({ failure: { code: 'unreadable', detail: 'not a SEQUENCE' } });
  });
});

describe('the bytes kept', () => {
  test('are bounded; what went unused for longest is forgotten', async () => {
    const { cache, asked } = cacheOver(() => 'x'.repeat(10_000), { maxBytes: 35_000 });
    for (const url of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await cache.get(url);
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  test('do not grow by failures without end', async () => {
    const { cache, asked } = cacheOver(() => ({ failure: { code: 'http_status' } }), { maxBytes: 20_000 });
    for (let each = 0; each < 100; each += 1) await cache.get(`${each}`);
    await cache.get('99');
    expect(asked).toHaveLength(100);
    await cache.get('0');
    expect(asked).toHaveLength(101);
  });

  test('never hold an answer that is larger than all of them may be, and it is not asked for again and again', async () => {
    const { cache, asked } = cacheOver(() => 'x'.repeat(2000), { maxBytes: 1999 });
    expect(await cache.get('a')).toMatchObject({ failure: { code: 'too_large', detail: '2000 bytes' } });
    await cache.get('a');
    expect(asked).toHaveLength(1);
  });

  test('are counted anew when a URL is fetched again', async () => {
    const { cache, asked, at } = cacheOver(() => 'x'.repeat(10_000), { maxBytes: 25_000 });
    for (const day of [0, 1, 2, 3]) {
      at(day * 24 * HOUR);
      await cache.get('a');
      await cache.get('b');
    }
    expect(asked).toHaveLength(8);
    await cache.get('a');
    await cache.get('b');
    expect(asked).toHaveLength(8);
  });
});

describe('a failure', () => {
  test('that is ours says nothing of the URL, and is not remembered', async () => {
    const failures = [
      { code: 'no_turn' },
      { code: 'closed' },
      { code: 'http_status', detail: 'HTTP 404' },
    ] as const;
    const { cache, asked } = cacheOver(() => ({
      failure: failures[asked.length - 1] ?? { code: 'encoded' },
    }));
    const codes: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const kept = await cache.get('http://ca.test/');
      codes.push('failure' in kept ? kept.failure.code : '');
    }
    expect(codes).toEqual(['no_turn', 'closed', 'http_status', 'http_status']);
  });
});
