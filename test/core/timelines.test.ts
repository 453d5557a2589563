/** Whole lives, day by day, with every message that they cause: the engine, fast-forwarded by `notafter simulate`'s own code. */
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/alert.ts';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { AcmContent, Content } from '../../lib/core/content.ts';
import { digestsOf, MAX_ALERTS } from '../../lib/core/digest.ts';
import { formatDuration } from '../../lib/core/duration.ts';
import { DEFAULT_POLICY, UNATTENDED_WAITS } from '../../lib/core/policy.ts';
import { type SimulationOptions, simulate } from '../../lib/core/simulate.ts';
import { simulatedDigests } from '../../lib/core/simulated-delivery.ts';
import type { AwsTarget, BundleTarget, Target } from '../../lib/core/target.ts';
import { digestLines } from '../../lib/notify/digest-lines.ts';
import {
  authority,
  bundleContent,
  bundleTarget,
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  HOUR,
  iso,
  later,
  servedChain,
  subject,
  T0,
} from '../support/facts.ts';
import { said, timeline } from '../support/timeline.ts';

const unattended = { ...DEFAULT_POLICY, waits: UNATTENDED_WAITS };

function play(
  target: Target,
  content: Content,
  certificates: readonly Certificate[],
  days: number,
  rest: Partial<SimulationOptions> = {},
) {
  const facts = subject(target, content, certificates, { unreachableAfter: 3 });
  const options = {
    from: T0,
    until: later(days * DAY),
    policy: DEFAULT_POLICY,
    acknowledgements: [],
    ...rest,
  };
  return simulate(facts, [], options);
}

/** `+5 d 18 h opened expiring warning`: when after T0, and what. */
const story = (alerts: readonly Alert[]) =>
  alerts.map((alert) => `+${formatDuration(Date.parse(alert.decidedAt) - T0.getTime())} ${said([alert])[0]}`);

const api = endpointTarget('api.test', { owner: 'payments' });
const leafOf = (ms: number) => certificate('api.test', { notAfter: iso(later(ms)) });
const served = (leaf: Certificate) => endpointContent(servedChain([leaf]));
const lifeOf = (ms: number, days: number) => story(play(api, served(leafOf(ms)), [leafOf(ms)], days).alerts);

describe('a certificate that nobody renews, from its issue to four days after its end', () => {
  it('of 24 hours', () => {
    expect(lifeOf(DAY, 5)).toEqual([
      '+18 h opened expiring notice',
      '+21 h worsened expiring warning',
      '+22 h worsened expiring critical',
      '+23 h worsened expiring last',
      '+24 h worsened expired expired',
      '+3 d 12 h reminder expired expired',
    ]);
  });

  it('of 6 days', () => {
    expect(lifeOf(6 * DAY, 10)).toEqual([
      '+4 d 12 h opened expiring notice',
      '+5 d 6 h worsened expiring warning',
      '+5 d 15 h worsened expiring critical',
      '+5 d 19 h worsened expiring last',
      '+6 d worsened expired expired',
      '+9 d 12 h reminder expired expired',
    ]);
  });

  it('of 47 days', () => {
    expect(lifeOf(47 * DAY, 51)).toEqual([
      '+35 d 6 h opened expiring notice',
      '+41 d 3 h worsened expiring warning',
      '+44 d 1 h worsened expiring critical',
      '+46 d worsened expiring last',
      '+47 d worsened expired expired',
    ]);
  });

  it('of 90 days', () => {
    expect(lifeOf(90 * DAY, 94)).toEqual([
      '+67 d 12 h opened expiring notice',
      '+78 d 18 h worsened expiring warning',
      '+84 d 9 h worsened expiring critical',
      '+87 d 12 h reminder expiring critical',
      '+89 d worsened expiring last',
      '+90 d worsened expired expired',
      '+93 d 12 h reminder expired expired',
    ]);
  });

  it('of 198 days', () => {
    expect(lifeOf(198 * DAY, 202)).toEqual([
      '+168 d opened expiring notice',
      '+184 d worsened expiring warning',
      '+191 d worsened expiring critical',
      '+192 d reminder expiring critical',
      '+195 d reminder expiring critical',
      '+197 d worsened expiring last',
      '+198 d worsened expired expired',
      '+201 d reminder expired expired',
    ]);
  });
});

describe('a certificate that is renewed when a third of its life is left', () => {
  it.each([6, 47, 90])('of %i days is never spoken of', (days) => {
    const leaf = leafOf(days * DAY);
    const { alerts, renewals } = play(api, served(leaf), [leaf], 200, { renewedLifetimeMs: days * DAY });
    expect(alerts).toEqual([]);
    // Two thirds of a life lie between two of them.
    expect(renewals).toHaveLength(Math.floor(200 / ((days * 2) / 3)));
    expect(new Set(renewals.map(({ fingerprint }) => fingerprint)).size).toBe(renewals.length);
  });
});

const PLACE = { account: '111111111111', region: 'us-east-1' };
const acm: AwsTarget = {
  kind: 'acm',
  id: 'acm:111111111111/us-east-1/c',
  place: PLACE,
  arn: 'arn:aws:acm:us-east-1:111111111111:certificate/c',
  name: 'cdn.test',
  owner: 'web',
  tags: {},
};
const cloudFront = 'arn:aws:cloudfront::111111111111:distribution/E1';
const acmContent = (leaf: Certificate, facts: Partial<AcmContent> = {}): AcmContent => ({
  kind: 'acm',
  certificates: [leaf.fingerprint],
  replaced: [],
  status: 'ISSUED',
  type: 'AMAZON_ISSUED',
  inUse: true,
  usedBy: [cloudFront],
  renews: true,
  renewal: null,
  reason: null,
  ...facts,
});

describe('a certificate in ACM', () => {
  const leaf = leafOf(198 * DAY);

  it('of 198 days that ACM renews is silent until it is late', () => {
    expect(story(play(acm, acmContent(leaf), [leaf], 199).alerts)).toEqual([
      '+184 d opened expiring warning',
      '+191 d worsened expiring critical',
      '+192 d reminder expiring critical',
      '+195 d reminder expiring critical',
      '+197 d worsened expiring last',
      '+198 d worsened expired expired',
    ]);
    expect(play(acm, acmContent(leaf), [leaf], 183).alerts).toEqual([]);
  });

  it('whose renewal waits for a validation, or failed, speaks at once', () => {
    const now = (renewal: string) => story(play(acm, acmContent(leaf, { renewal }), [leaf], 1).alerts);
    expect(now('PENDING_VALIDATION')).toEqual(['+0 s opened renewal-failing warning']);
    expect(now('FAILED')).toEqual(['+0 s opened renewal-failing critical']);
  });

  it('that was imported, on CloudFront, says what is cut off and which command mends it', () => {
    const imported = acmContent(leaf, { type: 'IMPORTED', renews: false });
    const { alerts } = play(acm, imported, [leaf], 199);
    expect(story(alerts)[0]).toBe('+168 d opened expiring notice');
    expect(alerts[0]).toMatchObject({
      affects: [cloudFront],
      issuer: 'CN=Test CA',
      command:
        'aws acm import-certificate --certificate-arn arn:aws:acm:us-east-1:111111111111:certificate/c --region us-east-1 ' +
        '--certificate fileb://certificate.pem --private-key fileb://private-key.pem --certificate-chain fileb://certificate-chain.pem',
    });
  });

  it('that nothing uses is never spoken of', () => {
    expect(
      play(acm, acmContent(leaf, { inUse: false, renews: false, usedBy: [] }), [leaf], 300).alerts,
    ).toEqual([]);
  });
});

describe('a truststore with three CAs behind twelve domains in two regions', () => {
  const cas = [400, 100, 20].map((days) =>
    authority(`CA ${days}`, { notBefore: iso(later(-3_000 * DAY)), notAfter: iso(later(days * DAY)) }),
  );
  const store = (region: string): BundleTarget => ({
    ...bundleTarget(),
    id: `truststore:s3://b/ca.pem@111111111111/${region}`,
    path: 's3://b/ca.pem',
    place: { account: '111111111111', region },
    owner: 'mtls',
  });
  const domains = (region: string, count: number) =>
    Array.from({ length: count }, (_, index) => `api-${index + 1}.${region}.test`);
  const loaded = (region: string, count = 6) =>
    bundleContent(cas, {
      loaded: {
        versions: [
          {
            version: 'v1',
            domains: domains(region, count),
            certificates: cas.map(({ fingerprint }) => fingerprint),
          },
        ],
        latest: 'v1',
      },
    });
  const both = ['eu-west-1', 'us-east-1'].flatMap(
    (region) => play(store(region), loaded(region), cas, 21, { policy: unattended }).alerts,
  );

  it('is one line for each CA, which names them all', () => {
    const digests = simulatedDigests(both);
    expect(digests.map(({ createdAt, severity, class: kind }) => [createdAt, kind, severity])).toEqual([
      [iso(T0), 'news', 'critical'],
      // The CA of 100 days stands on a rung that only informs.
      [iso(later(DAY)), 'news', 'info'],
      // Reminders are decided on days common to all, and wait for a day, or a quarter of the time to the next rung.
      [iso(later(4.5 * DAY)), 'reminder', 'critical'],
      [iso(later(7.5 * DAY)), 'reminder', 'critical'],
      [iso(later(10 * DAY + HOUR)), 'news', 'warning'],
      [iso(later(10 * DAY + 9 * HOUR)), 'reminder', 'critical'],
      [iso(later(12 * DAY + 15 * HOUR)), 'reminder', 'critical'],
      [iso(later(13 * DAY)), 'news', 'critical'],
      [iso(later(16.5 * DAY)), 'reminder', 'critical'],
      [iso(later(18 * DAY + 21 * HOUR)), 'reminder', 'critical'],
      [iso(later(20 * DAY + 1_000)), 'news', 'critical'],
    ]);
    const [first] = digests;
    const lines = first === undefined ? [] : digestLines(first);
    expect(lines.map(({ alert, targets, affects }) => [alert.label, targets.length, affects.length])).toEqual(
      [['CA 20', 2, 12]],
    );
  });

  it('has domains that come later at a rung that was said wait for a quiet moment', () => {
    const late = play(store('ap-south-1'), loaded('ap-south-1', 1), cas, 2, {
      from: later(HOUR),
      policy: unattended,
    }).alerts.filter(({ label }) => label === 'CA 20');
    const digests = simulatedDigests([...both.filter(({ event }) => event === 'opened'), ...late]);
    const [first, second] = digests.filter(({ severity }) => severity === 'critical');
    expect(first?.createdAt).toBe(iso(T0));
    expect(second?.alerts.map(({ target }) => target)).toEqual([store('ap-south-1').id]);
    // Critical, and still not at once: its owner has known for an hour.
    expect(second?.createdAt).toBe(iso(later(25 * HOUR)));
  });

  it('tells of a CA of ten years from a year ahead', () => {
    const ca = authority('Ten', { notBefore: iso(T0), notAfter: iso(later(3_650 * DAY)) });
    const { alerts } = play(store('eu-west-1'), bundleContent([ca]), [ca], 3_652);
    expect(story(alerts.filter(({ event }) => event !== 'reminder'))).toEqual([
      '+3285 d opened expiring notice',
      '+3470 d worsened expiring notice-again',
      '+3560 d worsened expiring warning',
      '+3620 d worsened expiring critical',
      '+3643 d worsened expiring last',
      '+3650 d worsened expired-in-chain expired',
    ]);
  });
});

describe('a renewal that is rolled back after two days', () => {
  it('is resolved, and speaks at once again', () => {
    const old = leafOf(90 * DAY);
    const renewed = certificate('api.test (renewed)', { notAfter: iso(later(175 * DAY)) });
    const line = timeline(api, [old, renewed]);
    const messages: string[] = [];
    for (let hour = 80 * 24; hour < 90 * 24; hour += 6) {
      const isRolledBack = hour < 82 * 24 || hour >= 84 * 24;
      const content = served(isRolledBack ? old : renewed);
      for (const alert of line.look({ now: later(hour * HOUR), content }))
        messages.push(`${hour / 24} ${said([alert])}`);
    }
    expect(messages).toEqual([
      '80 opened expiring warning',
      '82.25 resolved expiring warning',
      '84 opened expiring warning',
      '84.5 worsened expiring critical',
      '87.5 reminder expiring critical',
      '89 worsened expiring last',
    ]);
  });
});

describe('a rollout over ten addresses in a week', () => {
  it('says what is due once, and is over when the last one serves the new certificate', () => {
    const old = leafOf(90 * DAY);
    const renewed = certificate('api.test (renewed)', { notAfter: iso(later(175 * DAY)) });
    const line = timeline(api, [old, renewed]);
    const messages: string[] = [];
    for (let day = 77; day < 89; day += 0.25) {
      const done = Math.max(0, Math.min(10, Math.floor(((day - 78) / 7) * 10)));
      const chains = [
        ...(done < 10 ? [servedChain([old], { addressCount: 10 - done })] : []),
        ...(done > 0 ? [servedChain([renewed], { addressCount: done })] : []),
      ];
      for (const alert of line.look({ now: later(day * DAY), content: endpointContent(...chains) }))
        messages.push(`${day} ${said([alert])}: ${/\(served by .*?\)/.exec(alert.message)?.[0] ?? ''}`);
    }
    expect(messages).toEqual([
      '77 opened expiring notice: ',
      '78.75 worsened expiring warning: (served by 9 of 10 addresses)',
      '84.5 worsened expiring critical: (served by 1 of 10 addresses)',
      '85.25 resolved expiring critical: ',
    ]);
  });
});

describe('a monitor that was down for five days', () => {
  it('says the gravest of the two rungs that began, once, and names the other', () => {
    const leaf = leafOf(90 * DAY);
    const line = timeline(api, [leaf]);
    for (let day = 0; day <= 84; day += 1) line.look({ now: later(day * DAY), content: served(leaf) });
    const alerts = line.look({ now: later(89.2 * DAY), content: served(leaf) });
    expect(said(alerts)).toEqual(['worsened expiring last']);
    expect(alerts[0]?.missed).toEqual(['critical']);
  });
});

describe('an account on its first day', () => {
  it('with 400 dead certificates gets one message, in which what still lives comes first', () => {
    const dead = Array.from({ length: 400 }, (_, index) => {
      const target = endpointTarget(`dead-${index}.test`, { owner: 'ops' });
      const leaf = certificate(`dead-${index}`, {
        notBefore: iso(later(-400 * DAY)),
        notAfter: iso(later(-(40 + index) * DAY)),
      });
      return { target, leaf };
    });
    const alive = { target: endpointTarget('alive.test', { owner: 'ops' }), leaf: leafOf(90 * DAY) };
    const alerts = [
      ...dead,
      {
        ...alive,
        leaf: certificate('alive', { notBefore: iso(later(-85 * DAY)), notAfter: iso(later(5 * DAY)) }),
      },
    ].flatMap(({ target, leaf }) =>
      timeline(target, [leaf]).look({ now: T0, content: served(leaf), occasion: { baseline: true } }),
    );
    expect(alerts).toHaveLength(401);
    const [digest, ...more] = digestsOf(alerts, 'run', T0);
    expect(more).toEqual([]);
    expect(digest?.alerts).toHaveLength(MAX_ALERTS);
    expect(digest?.omitted).toBe(301);
    expect(digest?.alerts[0]?.target).toBe('endpoint:alive.test:443');
  });
});

describe('five hundred certificates that cross a rung in one run', () => {
  it('make a handful of messages, which leave nothing out', () => {
    const alerts = Array.from({ length: 500 }, (_, index) => {
      const leaf = certificate(`leaf-${index}`);
      const target = endpointTarget(`host-${index}.test`, { owner: 'ops' });
      return timeline(target, [leaf]).look({ now: later(80 * DAY), content: served(leaf) });
    }).flat();
    const digests = digestsOf(alerts, 'run', T0);
    expect(digests).toHaveLength(5);
    expect(new Set(digests.flatMap((digest) => digest.alerts.map(({ id }) => id))).size).toBe(500);
  });

  it('that are one certificate at five hundred endpoints make one line', () => {
    const leaf = certificate('shared');
    const alerts = Array.from({ length: MAX_ALERTS }, (_, index) =>
      timeline(endpointTarget(`host-${index}.test`), [leaf]).look({
        now: later(80 * DAY + index * 60_000),
        content: served(leaf),
      }),
    ).flat();
    const [digest] = digestsOf(alerts, 'run', T0);
    expect(digest && digestLines(digest).map(({ targets }) => targets.length)).toEqual([MAX_ALERTS]);
  });
});

describe('a command that mends', () => {
  it('quotes what comes from outside, and is not given where it could not be pasted', () => {
    const leaf = leafOf(90 * DAY);
    const command = (name: string) => {
      const target = { ...acm, arn: `arn:${name}` };
      const content = acmContent(leaf, { type: 'IMPORTED', renews: false });
      return play(target, content, [leaf], 80).alerts[0]?.command;
    };
    expect(command("a'; rm -rf / #")).toContain("'arn:a'\\''; rm -rf / #'");
    expect(command('a\nb')).toBeUndefined();
    expect(command('a\u202eb')).toBeUndefined();
  });
});
