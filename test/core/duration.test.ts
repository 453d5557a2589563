import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseThreshold } from '../../lib/core/duration.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WANTED = 'wanted one such as 30d, 36h, 90m or 1d12h';

describe('reading a duration', () => {
  it.each([
    ['30d', 30 * DAY],
    ['36h', 36 * HOUR],
    ['90m', 90 * MINUTE],
    ['125 min', 125 * MINUTE],
    ['45s', 45 * SECOND],
    ['2w', 14 * DAY],
    ['1d12h', 36 * HOUR],
    ['1w 2d 3h 4m 5s', 9 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND],
    [' 0d ', 0],
  ])('takes %j', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['', '"" is not a duration'],
    ['30', '"30" has no unit'],
    ['1.5h', '"1.5h" is not in whole numbers'],
    ['-3d', '"-3d" is not a duration'],
    ['3 months', '"3 months" has the unknown unit "months"'],
    ['3constructor', '"3constructor" is not a duration'],
    ['12h1d', '"12h1d" has its units out of order'],
    ['1d1d', '"1d1d" has its units out of order'],
    ['1m1min', '"1m1min" has its units out of order'],
    ['99999999d', '"99999999d" is longer than 36500d (100 years)'],
    ['9999999999999999d', '"9999999999999999d" is not a duration'],
    ['\u001b[31m30d', '"\\u{1b}[31m30d" is not a duration'],
  ])('refuses %j', (text, got) => expect(parseDuration(text)).toEqual({ error: `${got}; ${WANTED}` }));

  it('is quick with anything', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant('1d'.repeat(50_000))), (text) => {
        const result = parseDuration(text);
        expect(typeof result === 'number' ? result >= 0 : result.error.length < 300).toBe(true);
      }),
    );
  });
});

describe('writing a duration', () => {
  it.each([
    [0, '0 s'],
    [-1, '0 s'],
    [90 * SECOND + 999, '90 s'],
    [3 * MINUTE, '3 min'],
    [125 * MINUTE, '125 min'],
    [3 * HOUR - 1, '179 min'],
    [3 * HOUR, '3 h'],
    [3 * DAY - 1, '71 h'],
    [3 * DAY, '3 d'],
    [12 * DAY + 4 * HOUR, '12 d 4 h'],
    [400 * DAY + 4 * HOUR, '400 d'],
    [-2 * HOUR, '-120 min'],
    [-(4 * DAY + HOUR), '-4 d 1 h'],
  ])('%d ms is %j', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('can be read back and never says more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_500 * DAY }), (ms) => {
        const read = parseDuration(formatDuration(ms));
        const unit = ms < 3 * MINUTE ? SECOND : ms < 3 * HOUR ? MINUTE : ms < 100 * DAY ? HOUR : DAY;
        expect(read).toBeLessThanOrEqual(ms);
        expect(ms - Number(read)).toBeLessThan(unit);
      }),
    );
  });
});

describe('reading a threshold', () => {
  it.each([
    ['30d', { ms: 30 * DAY }],
    ['36h', { ms: 36 * HOUR }],
    ['20%', { share: 0.2 }],
    ['12.5 %', { share: 0.125 }],
  ])('takes %j', (text, threshold) => expect(parseThreshold(text)).toEqual(threshold));

  it.each([
    ['0%', '"0%" is not between 0% and 100%'],
    ['100%', '"100%" is not between 0% and 100%'],
    ['0d', '"0d" is no time at all'],
    ['20', '"20" has no unit'],
    ['soon', '"soon" is not a threshold'],
  ])('refuses %j', (text, got) => {
    const wanted = 'wanted days, hours or a percentage of the lifetime, such as 30d, 36h or 20%';
    expect(parseThreshold(text)).toEqual({ error: `${got}; ${wanted}` });
  });
});
