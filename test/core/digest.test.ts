import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/alert.ts';
import { digestsOf, leaving, MAX_ALERTS } from '../../lib/core/digest.ts';
import { impairmentOf, isRecent, isRecovered } from '../../lib/core/impairment.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { TargetState } from '../../lib/core/state.ts';
import { DAY, HOUR, iso, later, T0 } from '../support/facts.ts';

function alert(id: string, rest: Partial<Alert> = {}): Alert {
  return {
    id,
    event: 'opened',
    target: `endpoint:${id}:443`,
    owner: null,
    check: 'expiring',
    fingerprint: null,
    severity: 'critical',
    rung: 'critical',
    message: id,
    advice: '',
    missed: [],
    episode: 1,
    decidedAt: iso(T0),
    leaveBy: iso(T0),
    latestBy: iso(T0),
    ...rest,
  };
}

describe('digests', () => {
  it('are one per owner and severity, most severe first, with all-clears and the first day apart', () => {
    const digests = digestsOf(
      [
        alert('a', { owner: 'pay' }),
        alert('b', { owner: 'pay', severity: 'warning', rung: 'warning' }),
        alert('c', { owner: 'pay' }),
        alert('d'),
        alert('e', { owner: 'pay', event: 'resolved' }),
        alert('f', { owner: 'pay', event: 'withdrawn', severity: 'warning' }),
        alert('g', { owner: 'pay', event: 'baseline', severity: 'warning' }),
        alert('h', { owner: 'pay', event: 'baseline' }),
      ],
      'run-1',
      T0,
    );
    const ids = digests.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    expect(
      digests.map(({ owner, severity, class: kind, alerts }) => [
        owner,
        severity,
        kind,
        alerts.map(({ id }) => id),
      ]),
    ).toEqual([
      [null, 'critical', 'news', ['d']],
      ['pay', 'critical', 'baseline', ['h', 'g']],
      ['pay', 'critical', 'news', ['a', 'c']],
      ['pay', 'warning', 'news', ['b']],
      ['pay', 'critical', 'closed', ['e', 'f']],
    ]);
  });

  it('lead with the gravest rung and the nearest end', () => {
    const [digest] = digestsOf(
      [
        alert('later', { notAfter: iso(later(5 * DAY)) }),
        alert('sooner', { notAfter: iso(later(3 * DAY)) }),
        alert('dead', { rung: 'expired', notAfter: iso(later(-DAY)) }),
      ],
      'run-1',
      T0,
    );
    expect(digest?.alerts.map(({ id }) => id)).toEqual(['dead', 'sooner', 'later']);
  });

  it('say news in full, in as many messages as it takes', () => {
    const alerts = Array.from({ length: 2 * MAX_ALERTS + 1 }, (_, index) => alert(`a${index}`));
    const digests = digestsOf(alerts, 'run-1', T0);
    expect(digests.map((digest) => [digest.alerts.length, digest.omitted])).toEqual([
      [MAX_ALERTS, 0],
      [MAX_ALERTS, 0],
      [1, 0],
    ]);
    expect(new Set(digests.flatMap((digest) => digest.alerts.map(({ id }) => id))).size).toBe(alerts.length);
  });

  it('name the most urgent of a first look and count the rest', () => {
    const alerts = Array.from({ length: 500 }, (_, index) => alert(`a${index}`, { event: 'baseline' }));
    const [digest, ...more] = digestsOf(alerts, 'run-1', T0);
    expect(more).toEqual([]);
    expect([digest?.alerts.length, digest?.omitted]).toEqual([MAX_ALERTS, 500 - MAX_ALERTS]);
  });

  it('do not depend on the order in which alerts were decided', () => {
    const alerts = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 4 }),
        owner: fc.constantFrom('a', 'b', null),
        severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const),
        event: fc.constantFrom('opened' as const, 'resolved' as const, 'baseline' as const),
      }),
      { selector: ({ id }) => id, maxLength: 20 },
    );
    fc.assert(
      fc.property(alerts, (records) => {
        const list = records.map(({ id, ...rest }) => alert(id, rest));
        expect(digestsOf(list.toReversed(), 'r', T0)).toEqual(digestsOf(list, 'r', T0));
        const carried = digestsOf(list, 'r', T0).flatMap((digest) => digest.alerts.map(({ id }) => id));
        expect(carried.toSorted()).toEqual(list.map(({ id }) => id).toSorted());
      }),
    );
  });
});

describe('the monitor', () => {
  const state = (failing: boolean, seenHoursAgo: number | null): TargetState => ({
    target: 'endpoint:x:443',
    observedAt: iso(T0),
    seenAt: seenHoursAgo === null ? null : iso(later(-seenHoursAgo * HOUR)),
    failures: failing ? 1 : 0,
    ...(failing ? { failure: { reason: 'connect_timeout' } } : {}),
    cadence: '1d',
    nextRungAt: null,
  });
  const judge = (wasWell: number, newlyFailed: number) =>
    impairmentOf({ wasWell, newlyFailed }, DEFAULT_POLICY)?.severity;
  const many = (count: number, one: TargetState) => Array.from({ length: count }, () => one);

  it('suspects itself when most of what was well a short while ago fails', () => {
    expect(judge(11, 6)).toBe('critical');
    expect(judge(10, 5)).toBeUndefined();
  });

  it('is over its impairment when most can be seen again, not when the failures are merely old', () => {
    const recovered = (...states: TargetState[]) => isRecovered(states, DEFAULT_POLICY);
    expect(recovered(...many(50, state(true, 30)), state(false, 0))).toBe(false);
    expect(recovered(...many(5, state(true, 30)), ...many(5, state(false, 0)))).toBe(true);
    expect(recovered(...many(9, state(true, null)), state(false, 0))).toBe(true);
  });

  it('does not over a handful', () => {
    expect(judge(4, 4)).toBeUndefined();
  });

  it('takes for recently seen what was seen within a day', () => {
    expect([2, 25, 37, null].map((hours) => isRecent(state(true, hours), DEFAULT_POLICY, T0))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('what leaves now', () => {
  const leave = (alerts: readonly Alert[], complete: readonly string[] = [], said: readonly string[] = []) =>
    leaving(alerts, T0, {
      isComplete: (source) => complete.includes(source),
      wasSaid: ({ id }) => said.includes(id),
    }).map(({ id }) => id);
  const soon = iso(later(HOUR));

  it('is what is due, and what would be in the same message anyway', () => {
    const waiting = { severity: 'warning', leaveBy: soon, latestBy: soon } as const;
    const alerts = [
      alert('now', { severity: 'warning' }),
      alert('along', waiting),
      alert('somebody else', { ...waiting, owner: 'pay' }),
      alert('graver', { leaveBy: soon, latestBy: soon }),
    ];
    expect(leave(alerts)).toEqual(['now', 'along']);
  });

  it('is a first look when its source is complete, or when it has waited long enough', () => {
    const first = (id: string, facts: Partial<Alert>) =>
      alert(id, { event: 'baseline', owner: id, leaveBy: soon, source: 'acm/1/eu', ...facts });
    expect(leave([first('a', {})])).toEqual([]);
    expect(leave([first('a', {}), first('b', { source: 'endpoint' })], ['endpoint'])).toEqual(['b']);
    expect(leave([first('a', { leaveBy: iso(T0) })])).toEqual(['a']);
  });

  it('is not yet what was said of another target, until its time has come, too', () => {
    const repeated = alert('r', { latestBy: soon });
    expect(leave([repeated], [], ['r'])).toEqual([]);
    expect(leave([repeated])).toEqual(['r']);
    expect(leave([{ ...repeated, latestBy: iso(T0) }], [], ['r'])).toEqual(['r']);
  });

  it('is anything that names no time: it comes from an older version', () => {
    const { leaveBy: _, latestBy: __, ...old } = alert('old');
    expect(leave([old as Alert])).toEqual(['old']);
  });
});

describe('what leaves about one finding', () => {
  it('leaves in the order in which it was decided', () => {
    const about = { target: 'endpoint:x:443', fingerprint: 'aa' } as const;
    const opened = alert('opened', { ...about, severity: 'info', rung: 'notice', leaveBy: iso(later(DAY)) });
    const resolved = alert('resolved', { ...about, event: 'resolved', severity: 'info', rung: 'notice' });
    const other = alert('other', { severity: 'info', rung: 'notice', leaveBy: iso(later(DAY)) });
    const leave = leaving([other, opened, resolved], T0, { isComplete: () => true, wasSaid: () => false });
    expect(leave.map(({ id }) => id)).toEqual(['opened', 'resolved']);
    expect(digestsOf(leave, 'run', T0).map((digest) => digest.class)).toEqual(['news', 'closed']);
  });
});

describe('the first message about a source', () => {
  it('names what is still alive before what has been dead for long', () => {
    const [digest] = digestsOf(
      [
        alert('long dead', { event: 'baseline', rung: 'expired', notAfter: iso(later(-400 * DAY)) }),
        alert('alive', {
          event: 'baseline',
          severity: 'warning',
          rung: 'warning',
          notAfter: iso(later(DAY)),
        }),
        alert('just died', { event: 'baseline', rung: 'expired', notAfter: iso(later(-DAY)) }),
      ],
      'run-1',
      T0,
    );
    expect(digest?.alerts.map(({ id }) => id)).toEqual(['just died', 'alive', 'long dead']);
  });
});
