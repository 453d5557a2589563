/** What keeps the engine quiet, what makes it speak again, and how long a message may wait. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Acknowledgement, AcknowledgementScope } from '../../lib/core/acknowledgement.ts';
import type { Alert } from '../../lib/core/alert.ts';
import { departureOf } from '../../lib/core/departure.ts';
import { DEFAULT_POLICY, UNATTENDED_WAITS } from '../../lib/core/policy.ts';
import { reminderAt } from '../../lib/core/reminder.ts';
import {
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  HOUR,
  iso,
  later,
  servedChain,
} from '../support/facts.ts';
import { said, timeline } from '../support/timeline.ts';

const target = endpointTarget('api.test', { owner: 'payments' });
const leaf = certificate('api.test');
const content = endpointContent(servedChain([leaf]));
const renewed = certificate('api.test (renewed)', { notAfter: '2027-05-19T12:00:00Z' });
const fresh = endpointContent(servedChain([renewed]));
const other = certificate('other', {
  notAfter: iso(later(87 * DAY)),
  subjectAltNames: [{ type: 'dns', value: 'api.test' }],
});

const acknowledged = (
  scope: AcknowledgementScope,
  fromDay: number,
  untilDay: number,
): { acknowledgements: readonly Acknowledgement[] } => ({
  acknowledgements: [
    {
      id: 'a1',
      scope,
      reason: 'we know',
      from: iso(later(fromDay * DAY)),
      until: iso(later(untilDay * DAY)),
      createdAt: iso(later(fromDay * DAY)),
    },
  ],
});

describe('what is critical', () => {
  it('is recalled every three days until it is over, in words of the day', () => {
    const line = timeline(target, [leaf, renewed]);
    const messages: string[] = [];
    for (let day = 83; day < 101; day += 0.5) {
      for (const alert of line.look({ now: later(day * DAY), content })) {
        messages.push(`${day}: ${said([alert])} ${alert.message.slice(0, 22)}`);
      }
    }
    expect(messages).toEqual([
      '83: opened expiring warning api.test expires in 7 ',
      '84.5: worsened expiring critical api.test expires in 5 ',
      '87.5: reminder expiring critical api.test expires in 60',
      '89: worsened expiring last api.test expires in 24',
      '90.5: worsened expired expired api.test expired 12 h ',
      '93.5: reminder expired expired api.test expired 3 d 1',
      '96.5: reminder expired expired api.test expired 6 d 1',
      '99.5: reminder expired expired api.test expired 9 d 1',
    ]);
    line.look({ now: later(101 * DAY), content: fresh });
    expect(said(line.look({ now: later(101.1 * DAY), content: fresh }))).toEqual([
      'resolved expired expired',
    ]);
    expect(line.look({ now: later(110 * DAY), content: fresh })).toEqual([]);
  });

  it('has a reminder of the same name when the same decision is made twice', () => {
    const once = () => {
      const line = timeline(target, [leaf]);
      line.look({ now: later(85 * DAY), content });
      return line.look({ now: later(88.5 * DAY), content }).map(({ id }) => id);
    };
    expect(once()).toEqual(once());
    expect(once()).toHaveLength(1);
  });

  it('is not recalled while it is no longer seen', () => {
    const line = timeline(target, [leaf, renewed]);
    line.look({ now: later(85 * DAY), content });
    expect(line.look({ now: later(88.5 * DAY), content: fresh })).toEqual([]);
  });
});

describe('reminders', () => {
  it('of what was said at different times come together, an interval apart', () => {
    const hours = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(hours, hours, (a, b) => {
        const [first, second] = [a, b].map(
          (hour) => reminderAt(iso(later(hour * HOUR)), 3 * DAY)?.getTime() ?? 0,
        );
        expect(Math.abs((first ?? 0) - (second ?? 0)) % (3 * DAY)).toBe(0);
        const gap = (first ?? 0) - later(a * HOUR).getTime();
        expect(gap >= 1.5 * DAY && gap < 4.5 * DAY).toBe(true);
        // One that was just recalled is recalled again an interval later.
        expect(reminderAt(iso(new Date(first ?? 0)), 3 * DAY)?.getTime()).toBe((first ?? 0) + 3 * DAY);
      }),
    );
    expect(reminderAt(iso(later(0)), Number.POSITIVE_INFINITY)).toBeNull();
  });
});

describe('an acknowledgement', () => {
  const scopes: readonly AcknowledgementScope[] = [
    { target: target.id },
    { check: 'expiring' },
    { owner: 'payments' },
    { fingerprint: leaf.fingerprint },
    { target: target.id, check: 'expiring', owner: 'payments', fingerprint: leaf.fingerprint },
  ];
  it.each(scopes)('by %j keeps reminders back, and not what is worse', (scope) => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(84.5 * DAY), content });
    const occasion = acknowledged(scope, 85, 200);
    const messages: string[] = [];
    for (let day = 85; day < 92; day += 0.5)
      messages.push(...said(line.look({ now: later(day * DAY), content, occasion })));
    expect(messages).toEqual(['worsened expiring last', 'worsened expired expired']);
  });

  it.each([
    { target: 'endpoint:other.test:443' },
    { check: 'name-mismatch' },
    { owner: 'platform' },
    { fingerprint: 'ff' },
    { target: target.id, owner: 'platform' },
  ] satisfies AcknowledgementScope[])('by %j is none of this finding', (scope) => {
    const line = timeline(target, [leaf]);
    const occasion = acknowledged(scope, 0, 200);
    expect(said(line.look({ now: later(84.5 * DAY), content, occasion }))).toEqual([
      'opened expiring critical',
    ]);
  });

  it('accepts what stood when it came into force, not what was found at the next look', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(80 * DAY), content });
    const occasion = acknowledged({ target: target.id }, 81, 200);
    expect(said(line.look({ now: later(85 * DAY), content, occasion }))).toEqual([
      'worsened expiring critical',
    ]);
  });

  it('accepts what opens under it as it opens, and says it when it is over', () => {
    const line = timeline(target, [leaf]);
    const occasion = acknowledged({ owner: 'payments' }, 78, 82);
    expect(line.look({ now: later(79 * DAY), content, occasion })).toEqual([]);
    expect(line.look({ now: later(81.9 * DAY), content, occasion })).toEqual([]);
    const alerts = line.look({ now: later(82.1 * DAY), content, occasion });
    expect(said(alerts)).toEqual(['opened expiring warning']);
    expect(line.look({ now: later(82.2 * DAY), content, occasion })).toEqual([]);
  });

  it('of a check accepts no other certificate that is about to end, or has ended', () => {
    const line = timeline(target, [leaf, other]);
    line.look({ now: later(85 * DAY), content });
    const occasion = acknowledged({ target: target.id, check: 'expiring' }, 85, 200);
    const worse = endpointContent(servedChain([other]));
    expect(said(line.look({ now: later(87.5 * DAY), content: worse, occasion }))).toEqual([
      'opened expired expired',
    ]);
  });

  it('of a target or an owner accepts no critical finding that nobody knew of', () => {
    const line = timeline(target, [leaf, other]);
    line.look({ now: later(80 * DAY), content });
    const occasion = acknowledged({ target: target.id }, 80, 200);
    const worse = endpointContent(servedChain([other]));
    const messages = [84, 84.1, 84.2, 85].flatMap((day) =>
      said(line.look({ now: later(day * DAY), content: worse, occasion })),
    );
    // Nor is it said that all is well, because the one that was accepted is gone.
    expect(messages).toEqual(['opened expiring critical']);
  });

  it('that begins later is a maintenance window: until then everything is said', () => {
    const line = timeline(target, [leaf]);
    const window = acknowledged({ target: target.id }, 82, 83);
    expect(said(line.look({ now: later(81 * DAY), content, occasion: window }))).toEqual([
      'opened expiring warning',
    ]);
    const failing = (day: number) =>
      line.look({ now: later(day * DAY), content, failures: 5, occasion: window });
    expect(failing(82.5)).toEqual([]);
    expect(said(failing(83.5))).toEqual(['reminder expiring warning', 'opened could-not-observe warning']);
  });

  it('calls nothing missed that was accepted', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(60 * DAY), content });
    const occasion = acknowledged({ target: target.id }, 60, 84.9);
    expect(line.look({ now: later(83 * DAY), content, occasion })).toEqual([]);
    expect(line.look({ now: later(85 * DAY), content, occasion })[0]?.missed).toEqual([]);
  });

  it('that is over is followed by what is still so, at once', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(80 * DAY), content });
    const occasion = acknowledged({ target: target.id }, 81, 82);
    expect(line.look({ now: later(81.5 * DAY), content, occasion })).toEqual([]);
    expect(said(line.look({ now: later(82.1 * DAY), content, occasion }))).toEqual([
      'reminder expiring warning',
    ]);
    expect(line.look({ now: later(82.2 * DAY), content, occasion })).toEqual([]);
  });

  it('leaves the all-clear of what was said before', () => {
    const line = timeline(target, [leaf, renewed]);
    line.look({ now: later(85 * DAY), content });
    const occasion = acknowledged({ target: target.id }, 85, 200);
    line.look({ now: later(86 * DAY), content, occasion });
    line.look({ now: later(87 * DAY), content: fresh, occasion });
    expect(said(line.look({ now: later(87.5 * DAY), content: fresh, occasion }))).toEqual([
      'resolved expiring critical',
    ]);
  });
});

describe('what was decided and not sent yet', () => {
  const keep = (line: ReturnType<typeof timeline>, pending: readonly Alert[]) => {
    for (const [key, entry] of line.ledger) line.ledger.set(key, { ...entry, pending });
  };

  it('is not followed by an all-clear that is no longer true', () => {
    const line = timeline(target, [leaf, renewed]);
    line.look({ now: later(85 * DAY), content });
    line.look({ now: later(86 * DAY), content: fresh });
    keep(line, line.look({ now: later(86.1 * DAY), content: fresh }));
    expect(said(line.look({ now: later(86.2 * DAY), content }))).toEqual(['opened expiring critical']);
  });

  it('is said to a new owner as the news that it is, no later than it would have been', () => {
    const line = timeline(target, [leaf]);
    const waits = { policy: { ...DEFAULT_POLICY, waits: UNATTENDED_WAITS } };
    const first = line.look({ now: later(80 * DAY), content, occasion: waits });
    keep(line, first);
    const again = line.look({ now: later(80.02 * DAY), content, occasion: { ...waits, owner: 'new' } });
    expect(said(again)).toEqual(['opened expiring warning']);
    expect(again[0]).toMatchObject({ owner: 'new', leaveBy: first[0]?.leaveBy });
  });

  it('is not recalled once somebody accepted it', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(84.5 * DAY), content });
    keep(line, line.look({ now: later(87.5 * DAY), content }));
    const occasion = acknowledged({ target: target.id }, 87.5, 200);
    line.look({ now: later(87.6 * DAY), content, occasion });
    expect([...line.ledger.values()].flatMap(({ pending }) => pending)).toEqual([]);
  });
});

describe('what nobody has heard yet', () => {
  const keep = (line: ReturnType<typeof timeline>, pending: readonly Alert[]) => {
    for (const [key, entry] of line.ledger) line.ledger.set(key, { ...entry, pending });
  };

  it('stays the news that it is when an acknowledgement ends', () => {
    const line = timeline(target, [leaf]);
    keep(line, line.look({ now: later(80 * DAY), content }));
    const occasion = acknowledged({ target: target.id }, 80, 80.2);
    const during = line.look({ now: later(80.1 * DAY), content, occasion });
    expect(said(during)).toEqual(['opened expiring warning']);
    keep(line, during);
    expect(said(line.look({ now: later(80.3 * DAY), content, occasion }))).toEqual([
      'opened expiring warning',
    ]);
  });

  it('is not said any more of a certificate whose place another one took', () => {
    const line = timeline(target, [leaf, other]);
    line.look({ now: later(80 * DAY), content });
    const worse = endpointContent(servedChain([other]));
    line.look({ now: later(84 * DAY), content: worse });
    expect(line.look({ now: later(84.1 * DAY), content: worse })).toEqual([]);
  });
});

describe('the end of a finding', () => {
  it('is told to whom it was told, whoever owns the target by then', () => {
    const line = timeline(target, [leaf, renewed]);
    line.look({ now: later(85 * DAY), content });
    const occasion = { owner: 'platform' };
    line.look({ now: later(86 * DAY), content: fresh, occasion });
    const [alert] = line.look({ now: later(86.1 * DAY), content: fresh, occasion });
    expect([alert?.event, alert?.owner]).toEqual(['resolved', 'payments']);
  });
});

describe('a source that is never complete', () => {
  it('does not keep what gets worse for a first look', () => {
    const line = timeline(target, [leaf]);
    const occasion = { baseline: true };
    expect(said(line.look({ now: later(83 * DAY), content, occasion }))).toEqual([
      'baseline expiring warning',
    ]);
    expect(said(line.look({ now: later(85 * DAY), content, occasion }))).toEqual([
      'worsened expiring critical',
    ]);
  });
});

describe('a new owner', () => {
  it('is told once what is open', () => {
    const line = timeline(target, [leaf]);
    line.look({ now: later(80 * DAY), content });
    const occasion = { owner: 'platform' };
    const alerts = line.look({ now: later(81 * DAY), content, occasion });
    expect(said(alerts)).toEqual(['assigned expiring warning']);
    expect(alerts[0]?.owner).toBe('platform');
    expect(line.look({ now: later(82 * DAY), content, occasion })).toEqual([]);
    expect(said(line.look({ now: later(82.1 * DAY), content }))).toEqual(['assigned expiring warning']);
  });
});

describe('a message', () => {
  const policy = { ...DEFAULT_POLICY, waits: UNATTENDED_WAITS };
  const hours = (at: string) => (Date.parse(at) - later(0).getTime()) / HOUR;
  const waits = (
    ...args: [Parameters<typeof departureOf>[0], Parameters<typeof departureOf>[1], number?]
  ) => {
    const [event, severity, nextHours] = args;
    const next = nextHours === undefined ? undefined : iso(later(nextHours * HOUR));
    const { leaveBy, latestBy } = departureOf(event, severity, next, policy, later(0));
    return [hours(leaveBy), hours(latestBy)];
  };

  it('leaves at once where it is critical, and waits for others where it is not', () => {
    expect(waits('opened', 'critical')).toEqual([0, 24]);
    expect(waits('opened', 'warning')).toEqual([1, 24]);
    expect(waits('opened', 'info')).toEqual([24, 24]);
    expect(waits('reminder', 'critical')).toEqual([24, 24]);
    expect(waits('baseline', 'critical')).toEqual([24, 24]);
  });

  it('never waits longer than a quarter of the time to the next step', () => {
    expect(waits('opened', 'info', 8)).toEqual([2, 2]);
    expect(waits('baseline', 'critical', 8)).toEqual([2, 2]);
    expect(waits('opened', 'critical', 8)).toEqual([0, 2]);
    expect(waits('opened', 'info', -1)).toEqual([0, 0]);
  });

  it('waits for nobody where a person sits and looks', () => {
    const { leaveBy, latestBy } = departureOf('opened', 'info', undefined, DEFAULT_POLICY, later(0));
    expect([hours(leaveBy), hours(latestBy)]).toEqual([0, 0]);
  });
});

describe('a certificate at an address that does not answer any more', () => {
  it('is spoken of with when it was last seen, once, while others answer', () => {
    const other = certificate('other', {
      notAfter: iso(later(300 * DAY)),
      subjectAltNames: [{ type: 'dns', value: 'api.test' }],
    });
    const remembered = servedChain([leaf], { lastSeenAt: iso(later(79 * DAY)) });
    const line = timeline(target, [leaf, other]);
    const alerts = line.look({
      now: later(80 * DAY),
      content: endpointContent(servedChain([other]), remembered),
    });
    expect(said(alerts)).toEqual(['opened expiring warning']);
    expect(alerts[0]?.lastSeenAt).toBe(iso(later(79 * DAY)));
  });
});
