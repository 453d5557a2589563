import { describe, expect, test } from 'vitest';
import { maxAgeOf } from '../../../lib/sources/egress/max-age.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const DATE = 'Fri, 20 Nov 2026 12:00:00 GMT';
const HOUR_LATER = 'Fri, 20 Nov 2026 13:00:00 GMT';

describe('how long an answer stays fresh', () => {
  test.each([
    [{}, null],
    [{ date: DATE }, null],
    [{ 'cache-control': 'public' }, null],
    [{ 'cache-control': 'max-age=60' }, 60],
    [{ 'cache-control': 'public, Max-Age="60"' }, 60],
    [{ 'cache-control': 'max-age=60', age: '50' }, 10],
    [{ 'cache-control': 'max-age=60', age: '70' }, 0],
    [{ 'cache-control': 'max-age=60', expires: HOUR_LATER }, 60],
    [{ 'cache-control': 'max-age=60, no-store' }, 0],
    [{ 'cache-control': 'no-cache' }, 0],
    [{ 'cache-control': 'no-cache="set-cookie"' }, 0],
    [{ 'cache-control': 'max-age=-1' }, 0],
    [{ 'cache-control': 'max-age=soon' }, 0],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}` }, 2_147_483_648],
    [{ expires: HOUR_LATER }, 3600],
    [{ expires: HOUR_LATER, date: 'Fri, 20 Nov 2026 12:30:00 GMT' }, 1800],
    [{ expires: HOUR_LATER, age: '600' }, 3000],
    [{ expires: '0' }, 0],
    [{ expires: 'Fri, 99 Nov 2026 13:00:00 GMT' }, 0],
    [{ expires: 'Fri, 20 Nov 2020 13:00:00 GMT' }, 0],
  ])('%j: %j s', (headers, seconds) => {
    expect(maxAgeOf(headers, NOW)).toBe(seconds);
  });
});
