import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import { withdraw } from '../../lib/core/decide.ts';
import { findingKey } from '../../lib/core/finding.ts';
import { rungRank } from '../../lib/core/ladder.ts';
import { confirmAt } from '../../lib/core/next-look.ts';
import { plainOccasion } from '../../lib/core/occasion.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import { reminderAt } from '../../lib/core/reminder.ts';
import {
  authority,
  bundleContent,
  bundleTarget,
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  fp,
  HOUR,
  iso,
  later,
  servedChain,
  T0,
} from '../support/facts.ts';
import { said, timeline } from '../support/timeline.ts';

const target = endpointTarget('api.test', { owner: 'payments' });
const leaf = certificate('api.test');
const renewed = certificate('api.test (renewed)', { subjectAltNames: [{ type: 'dns', value: 'api.test' }] });
const other = certificate('api.test (other)', { notAfter: '2027-02-18T13:00:00Z' });
const content = endpointContent(servedChain([leaf]));
const fresh = endpointContent(servedChain([renewed]));

describe('a certificate that is never renewed', () => {
  it('is spoken of once per rung, whatever the number of looks', () => {
    const line = timeline(target, [leaf]);
    const messages: string[] = [];
    for (let hour = 0; hour < 95 * 24; hour += 5) {
      const alerts = line.look({ now: later(hour * HOUR), content });
      messages.push(...said(alerts));
    }
    expect(messages).toEqual([
      'opened expiring notice',
      'worsened expiring warning',
      'worsened expiring critical',
      'reminder expiring critical',
      'worsened expiring last',
      'worsened expired expired',
      'reminder expired expired',
    ]);
  });

  it('is spoken of once, at the gravest rung, after the monitor was down across several', () => {
    const line = timeline(target, [leaf]);
    expect(line.look({ now: later(60 * DAY), content })).toEqual([]);
    const alerts = line.look({ now: later(85 * DAY), content });
    expect(said(alerts)).toEqual(['opened expiring critical']);
    expect(alerts[0]?.missed).toEqual(['notice', 'warning']);
    expect(line.look({ now: later(85 * DAY + HOUR), content })).toEqual([]);
  });

  it('names what was missed between two rungs that were said', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(70 * DAY), content });
    expect(line.look({ now: later(89.9 * DAY), content })[0]).toMatchObject({
      event: 'worsened',
      rung: 'last',
      missed: ['warning', 'critical'],
    });
  });

  it('has missed nothing where the certificate is new here, however old it is', () => {
    const line = timeline(target, [leaf, renewed]);
    line.look({ now: later(60 * DAY), content: fresh });
    expect(line.look({ now: later(85 * DAY), content })[0]?.missed).toEqual([]);
  });
});

describe('a renewal', () => {
  function renewedAfterCritical() {
    const line = timeline(target, [
      leaf,
      certificate('api.test (renewed)', { notAfter: '2027-05-19T12:00:00Z' }),
    ]);
    line.look({ now: later(85 * DAY), content });
    return line;
  }

  it('resolves after two complete looks an hour apart, once, with what replaced it', () => {
    const line = renewedAfterCritical();
    const at = 86 * DAY;
    expect(line.look({ now: later(at), content: fresh })).toEqual([]);
    expect(line.look({ now: later(at + HOUR / 2), content: fresh })).toEqual([]);
    const alerts = line.look({ now: later(at + HOUR), content: fresh });
    expect(said(alerts)).toEqual(['resolved expiring critical']);
    expect(alerts[0]?.message).toBe(
      'now serves api.test (renewed) valid until 2027-05-19 12:00 UTC (it was: api.test until 2027-02-18 12:00 UTC)',
    );
    expect(line.look({ now: later(at + DAY), content: fresh })).toEqual([]);
  });

  it('is not concluded from a look that failed', () => {
    const line = renewedAfterCritical();
    line.look({ now: later(86 * DAY), content: fresh });
    expect(line.look({ now: later(86.5 * DAY), content: fresh, failures: 1 })).toEqual([]);
    expect(line.look({ now: later(87 * DAY), content: fresh })).toHaveLength(1);
  });

  it('that is seen only once, during a rollout, changes nothing', () => {
    const line = renewedAfterCritical();
    for (let hour = 1; hour < 20; hour += 1) {
      expect(
        line.look({ now: later(85 * DAY + hour * HOUR), content: hour % 2 === 0 ? content : fresh }),
      ).toEqual([]);
    }
  });

  it('that is rolled back opens a new episode and speaks at once', () => {
    const line = renewedAfterCritical();
    line.look({ now: later(85 * DAY + HOUR), content: fresh });
    expect(line.look({ now: later(85 * DAY + 2 * HOUR), content: fresh })).toHaveLength(1);
    const alerts = line.look({ now: later(85 * DAY + 3 * HOUR), content });
    expect(said(alerts)).toEqual(['opened expiring critical']);
    expect(alerts[0]?.id).toContain('|2|critical');
  });

  it('that was rolled back once gets its second all-clear only after a day without a relapse', () => {
    const line = renewedAfterCritical();
    line.look({ now: later(85 * DAY + HOUR), content: fresh });
    line.look({ now: later(85 * DAY + 2 * HOUR), content: fresh });
    line.look({ now: later(85 * DAY + 3 * HOUR), content });
    const second = (hours: number, served = fresh) =>
      said(line.look({ now: later(85 * DAY + hours * HOUR), content: served }));
    expect([4, 6, 12].flatMap((hours) => second(hours))).toEqual([]);
    expect(second(13, content)).toEqual([]);
    expect([14, 20, 37].flatMap((hours) => second(hours))).toEqual([]);
    expect(second(38)).toEqual(['resolved expiring critical']);
  });

  it('that is rolled back to something graver speaks at once', () => {
    const line = renewedAfterCritical();
    line.look({ now: later(88.5 * DAY), content: fresh });
    line.look({ now: later(88.5 * DAY + 2 * HOUR), content: fresh });
    expect(said(line.look({ now: later(89.5 * DAY), content }))).toEqual(['opened expiring last']);
  });
});

describe('two certificates served in turn', () => {
  it('are each spoken of once', () => {
    const line = timeline(target, [leaf, other]);
    const messages: string[] = [];
    for (let look = 0; look < 40; look += 1) {
      const served = look % 2 === 0 ? leaf : other;
      messages.push(
        ...said(
          line.look({
            now: later(85 * DAY + look * 0.25 * HOUR),
            content: endpointContent(servedChain([served])),
          }),
        ),
      );
    }
    expect(messages).toEqual(['opened expiring critical', 'opened expiring critical']);
  });
});

describe('a target that cannot be observed', () => {
  it('is spoken of after three failures in a row, and its recovery too', () => {
    const line = timeline(target, [leaf]);
    const looks = [0, 1, 2, 3, 4, 5].map((failures) =>
      line.look({ now: later(failures * HOUR), content, failures }),
    );
    expect(looks.map(said)).toEqual([[], [], [], ['opened could-not-observe warning'], [], []]);
    expect(line.look({ now: later(6 * HOUR), content })).toEqual([]);
    const [recovery] = line.look({ now: later(7 * HOUR), content });
    expect(recovery).toMatchObject({ event: 'resolved', check: 'could-not-observe' });
    expect(recovery?.message).toContain('it can be observed again');
  });

  it('still has its expiry announced, with when it was last seen', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(80 * DAY), content });
    const [alert] = line.look({
      now: later(84.5 * DAY),
      content,
      failures: 2,
      occasion: { staleSince: '2027-02-08T12:00:00Z' },
    });
    expect(alert).toMatchObject({ check: 'expiring', rung: 'critical', lastSeenAt: '2027-02-08T12:00:00Z' });
  });

  it('waits while the monitor itself is impaired, at most a day, and expiry does not wait', () => {
    const line = timeline(target, [leaf]);
    const impaired = { impaired: true };
    const at = 85 * DAY;
    expect(said(line.look({ now: later(at), content, failures: 3, occasion: impaired }))).toEqual([
      'opened expiring critical',
    ]);
    expect(line.look({ now: later(at + 23 * HOUR), content, failures: 9, occasion: impaired })).toEqual([]);
    expect(
      said(line.look({ now: later(at + 24 * HOUR), content, failures: 10, occasion: impaired })),
    ).toEqual(['opened could-not-observe warning']);
  });
});

describe('the first day', () => {
  it('is a baseline, and the next rung is news', () => {
    const line = timeline(target, [leaf]);
    expect(said(line.look({ now: later(80 * DAY), content, occasion: { baseline: true } }))).toEqual([
      'baseline expiring warning',
    ]);
    expect(said(line.look({ now: later(85 * DAY), content }))).toEqual(['worsened expiring critical']);
  });
});

describe('a target that is no longer watched', () => {
  const occasion = plainOccasion(target.id, 'payments', { now: later(86 * DAY), policy: DEFAULT_POLICY });

  it('has what was announced called off, and nothing else', () => {
    const line = timeline(target, [leaf, other]);
    line.look({ now: later(85 * DAY), content });
    const closed = withdraw([...line.ledger.values()], occasion);
    expect(said(closed.flatMap((entry) => entry.pending))).toEqual(['withdrawn expiring critical']);
    expect(closed[0]?.pending[0]?.message).toContain('no longer watched (it was: api.test until 2027-02-18');
    expect(closed[0]?.pending[0]?.owner).toBe('payments');
    expect(withdraw(closed, occasion)).toEqual([]);
  });

  it('speaks at once when it is watched again', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(85 * DAY), content });
    for (const entry of withdraw([...line.ledger.values()], occasion))
      line.ledger.set(findingKey(entry), { ...entry, pending: [] });
    expect(said(line.look({ now: later(85 * DAY + HOUR), content }))).toEqual(['opened expiring critical']);
  });
});

describe('a finding that becomes mere information', () => {
  it('is resolved, and is news again when it is more than that once more', () => {
    const store = bundleTarget();
    const old = authority('Partner CA', { notAfter: '2027-02-28T12:00:00Z' });
    const twin = authority('Partner CA', { fingerprint: fp('twin'), spkiSha256: old.spkiSha256 });
    const line = timeline(store, [old, twin]);
    const look = (day: number, ...held: Certificate[]) =>
      said(line.look({ now: later(day * DAY), content: bundleContent(held) }));
    expect(look(80, old)).toEqual(['opened expiring critical']);
    expect(look(81, old, twin)).toEqual([]);
    expect(look(82, old, twin)).toEqual(['resolved expiring critical']);
    expect(look(83, old, twin)).toEqual([]);
    expect(look(84, old)).toEqual(['opened expiring critical']);
  });
});

describe('the next look after a finding was not seen any more', () => {
  it('comes when it can confirm that: an hour later, or a day after a relapse', () => {
    const line = timeline(target, [leaf, renewed]);
    const at = () =>
      confirmAt([...line.ledger.values()], {
        policy: DEFAULT_POLICY,
        now: later(82 * DAY),
        acknowledgements: [],
      })?.getTime() ?? null;
    line.look({ now: later(83 * DAY), content });
    expect(at()).toBeNull();
    line.look({ now: later(85 * DAY), content });
    // What is critical asks for a look when it is to be recalled.
    expect(at()).toBe(reminderAt(iso(later(85 * DAY)), DEFAULT_POLICY.remindMs)?.getTime());
    line.look({ now: later(86 * DAY), content: fresh });
    expect(at()).toBe(later(86 * DAY + HOUR).getTime());
    line.look({ now: later(86 * DAY + HOUR), content: fresh });
    line.look({ now: later(86 * DAY + 2 * HOUR), content });
    line.look({ now: later(86 * DAY + 3 * HOUR), content: fresh });
    expect(at()).toBe(later(87 * DAY + 3 * HOUR).getTime());
  });
});

describe('a clock that was ahead', () => {
  it('holds nothing back for ever', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(85 * DAY), content });
    const [entry] = [...line.ledger.values()];
    const future = '2031-01-01T00:00:00Z';
    if (entry)
      line.ledger.set(findingKey(entry), { ...entry, absent: { count: 1, since: future, lastAt: future } });
    expect(said(line.look({ now: later(86 * DAY), content: fresh }))).toEqual(['resolved expiring critical']);
  });
});

describe('any schedule of looks', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 20 * 24 }), { minLength: 1, maxLength: 40 });

  it('says each rung at most once, in rising order, and ends at the rung the certificate stands on', () => {
    fc.assert(
      fc.property(gaps, (hours) => {
        const line = timeline(target, [leaf]);
        let now = T0;
        const rungs: number[] = [];
        let saidAt = T0;
        for (const gap of hours) {
          now = later(gap * HOUR, now);
          const alerts = line.look({ now, content });
          expect(alerts.length).toBeLessThanOrEqual(1);
          const [recalled] = alerts.filter(({ event }) => event === 'reminder');
          if (recalled !== undefined) {
            expect(rungRank(recalled.rung)).toBe(rungs.at(-1));
            expect(now.getTime() - saidAt.getTime()).toBeGreaterThanOrEqual(DEFAULT_POLICY.remindMs / 2);
          } else rungs.push(...alerts.map(({ rung }) => rungRank(rung)));
          if (alerts.length > 0) saidAt = now;
          expect(line.look({ now, content })).toEqual([]);
        }
        expect(rungs).toEqual([...new Set(rungs)].sort((a, b) => a - b));
        const [entry] = [...line.ledger.values()];
        expect(rungs.at(-1) ?? -1).toBe(rungRank(entry?.rung ?? null));
      }),
    );
  });
});
