import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isExpired,
  type LadderColumn,
  ladderPosition,
  rungRank,
  thresholdsFor,
} from '../../lib/core/ladder.ts';
import { DAY, HOUR, iso, later, T0 } from '../support/facts.ts';

const starts = (column: LadderColumn, lifetimeMs: number) =>
  Object.fromEntries(
    thresholdsFor(column, lifetimeMs).map(({ rung, remainingMs }) => [rung, remainingMs / DAY]),
  );

describe('the ladder of a leaf', () => {
  it.each([
    ['24 hours', DAY, [0.25, 0.125, 0.0625, 0.03125]],
    ['160 hours', 160 * HOUR, [40 / 24, 20 / 24, 10 / 24, 5 / 24]],
    ['47 days', 47 * DAY, [11.75, 5.875, 2.9375, 1]],
    ['90 days', 90 * DAY, [22.5, 11.25, 5.625, 1]],
    ['198 days', 198 * DAY, [30, 14, 7, 1]],
    ['398 days', 398 * DAY, [30, 14, 7, 1]],
  ])('suits a lifetime of %s', (_, lifetime, [notice, warning, critical, last]) => {
    expect(starts('leaf', lifetime)).toEqual({ notice, warning, critical, last });
  });
});

describe('the ladder of a CA', () => {
  it('comes earlier, twice by notice', () => {
    expect(starts('ca', 3650 * DAY)).toEqual({
      notice: 365,
      'notice-again': 180,
      warning: 90,
      critical: 30,
      last: 7,
    });
  });

  it('is not on from birth for a CA of one year', () => {
    expect(starts('ca', 360 * DAY)).toEqual({
      notice: 120,
      'notice-again': 60,
      warning: 30,
      critical: 15,
      last: 7,
    });
  });
});

describe('overrides', () => {
  it('replace their rung in days or as a share', () => {
    const overrides = { leaf: { notice: { ms: 60 * DAY }, critical: { share: 0.1 } } };
    expect(thresholdsFor('leaf', 100 * DAY, overrides).map(({ remainingMs }) => remainingMs / DAY)).toEqual([
      60, 12.5, 10, 1,
    ]);
  });

  it('never turn the order of rungs around', () => {
    const rungs = thresholdsFor('leaf', 47 * DAY, { leaf: { warning: { ms: 20 * DAY } } });
    expect(rungs.map(({ remainingMs }) => remainingMs / DAY)).toEqual([20, 20, 2.9375, 1]);
  });
});

describe('the end', () => {
  const validity = { notBefore: iso(later(-90 * DAY)), notAfter: iso(T0) };

  it('includes the whole second of notAfter', () => {
    expect(isExpired(validity, later(999))).toBe(false);
    expect(isExpired(validity, later(1000))).toBe(true);
    expect(ladderPosition(validity, 'leaf', undefined, later(999)).rung).toBe('last');
    expect(ladderPosition(validity, 'leaf', undefined, later(1000))).toMatchObject({
      rung: 'expired',
      nextAt: null,
    });
  });

  it('never comes for 9999-12-31T23:59:59Z', () => {
    const forever = { notBefore: iso(T0), notAfter: '9999-12-31T23:59:59Z' };
    expect(ladderPosition(forever, 'leaf', undefined, new Date('+010000-06-01T00:00:00Z'))).toEqual({
      rung: null,
      passed: [],
      nextAt: null,
    });
  });

  it('is unknown where the encoding is unusable', () => {
    expect(ladderPosition({ notBefore: null, notAfter: null }, 'leaf', undefined, T0).rung).toBeNull();
  });

  it('counts by ceilings where notBefore is unusable or after notAfter', () => {
    const backwards = { notBefore: iso(later(10 * DAY)), notAfter: iso(later(8 * DAY)) };
    expect(ladderPosition(backwards, 'leaf', undefined, T0).rung).toBe('warning');
  });
});

describe('climbing', () => {
  const columns = fc.constantFrom<LadderColumn>('leaf', 'ca');
  const lifetimes = fc.integer({ min: 60, max: 40 * 365 * 86_400 });

  it('never goes down as time passes, and every rung begins when it was announced to', () => {
    fc.assert(
      fc.property(
        columns,
        lifetimes,
        fc.integer({ min: 0, max: 1_000_000 }),
        (column, seconds, millionths) => {
          const validity = { notBefore: iso(T0), notAfter: iso(later(seconds * 1000)) };
          const now = later((seconds * millionths) / 1000);
          const here = ladderPosition(validity, column, undefined, now);
          if (here.nextAt === null) return;
          expect(here.nextAt.getTime()).toBeGreaterThan(now.getTime());
          const justBefore = ladderPosition(validity, column, undefined, new Date(here.nextAt.getTime() - 1));
          const then = ladderPosition(validity, column, undefined, here.nextAt);
          expect(justBefore.rung).toBe(here.rung);
          expect(rungRank(then.rung)).toBeGreaterThan(rungRank(here.rung));
        },
      ),
    );
  });
});
