import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { AcmContent, BundleContent, Content, DomainContent } from '../../lib/core/content.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import { mergeContent } from '../../lib/core/merge.ts';
import { attentionAt, cadenceOf } from '../../lib/core/plan.ts';
import { sourceFailing } from '../../lib/core/source-failing.ts';
import { statusOf } from '../../lib/core/status.ts';
import type { Subject } from '../../lib/core/subject.ts';
import type { AwsTarget, Target } from '../../lib/core/target.ts';
import {
  authority,
  bundleTarget,
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  HOUR,
  iso,
  later,
  servedChain,
  T0,
} from '../support/facts.ts';

const place = { account: '111111111111', region: 'eu-west-1' };
const acmTarget: AwsTarget = {
  kind: 'acm',
  id: 'acm:111111111111/eu-west-1/x',
  place,
  arn: 'arn:aws:acm:eu-west-1:111111111111:certificate/x',
  name: 'api.test',
  owner: null,
  tags: {},
};

function judged(
  target: Target,
  content: Content,
  known: readonly Certificate[],
  rest: Partial<Subject> = {},
) {
  const facts = new Map(known.map((each) => [each.fingerprint, each]));
  return evaluate({
    target,
    content,
    certificate: (fingerprint) => facts.get(fingerprint),
    failures: 0,
    unreachableAfter: 3,
    now: T0,
    ...rest,
  });
}

/** `check severity rung` of each, in short. */
const short = (findings: ReturnType<typeof judged>) =>
  findings.map(({ check, severity, rung }) => `${check} ${severity} ${rung ?? '-'}`);

const acm = (leaf: Certificate, facts: Partial<AcmContent> = {}): AcmContent => ({
  kind: 'acm',
  certificates: [leaf.fingerprint],
  replaced: [],
  status: 'ISSUED',
  type: 'AMAZON_ISSUED',
  inUse: true,
  usedBy: [],
  renews: true,
  renewal: null,
  reason: null,
  ...facts,
});

/** Of 198 days, of which so many are left. */
const leafWith = (days: number) =>
  certificate('api.test', { notBefore: iso(later((days - 198) * DAY)), notAfter: iso(later(days * DAY)) });

describe('a certificate of ACM', () => {
  it.each<[string, number, Partial<AcmContent>, string[]]>([
    ['that renews itself is silent while ACM is at it', 20, {}, []],
    ['that should have been renewed long ago speaks', 13, {}, ['expiring warning warning']],
    [
      'that nobody renews has the whole ladder',
      20,
      { renews: false, type: 'IMPORTED' },
      ['expiring info notice'],
    ],
    ['that nothing uses is information', 3, { inUse: false }, ['expiring info -']],
    ['counts as used where ACM does not say', 3, { inUse: null }, ['expiring critical critical']],
    [
      'says at once that its names have to be validated',
      60,
      { renewal: 'PENDING_VALIDATION' },
      ['renewal-failing warning warning'],
    ],
    ['says at once that ACM gave up', 60, { renewal: 'FAILED' }, ['renewal-failing critical critical']],
    [
      'whose renewal fails has the whole ladder',
      20,
      { renewal: 'FAILED' },
      ['renewal-failing critical critical', 'expiring info notice'],
    ],
    [
      'that was revoked is critical where it is used',
      60,
      { status: 'REVOKED' },
      ['certificate-status critical critical'],
    ],
    [
      'that was revoked and is not used is information',
      60,
      { status: 'REVOKED', inUse: false },
      ['certificate-status info -'],
    ],
  ])('%s', (_, days, facts, expected) => {
    const leaf = leafWith(days);
    expect(short(judged(acmTarget, acm(leaf, facts), [leaf]))).toEqual(expected);
  });

  it('is judged with an imported chain that ends first', () => {
    const leaf = certificate('api.test', { issuer: 'CN=Issuing', notAfter: iso(later(300 * DAY)) });
    const issuer = authority('Issuing', { subject: 'CN=Issuing', notAfter: iso(later(5 * DAY)) });
    const content = acm(leaf, { certificates: [leaf.fingerprint, issuer.fingerprint], renews: false });
    expect(judged(acmTarget, content, [leaf, issuer])).toMatchObject([
      { check: 'expiring', fingerprint: issuer.fingerprint, severity: 'critical' },
    ]);
  });

  it('is never silent within two weeks of its end, whatever ACM says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 13 }),
        fc.constantFrom(null, 'SUCCESS', 'PENDING_AUTO_RENEWAL', 'PENDING_VALIDATION', 'FAILED', 'NEW'),
        fc.boolean(),
        (days, renewal, renews) => {
          const leaf = leafWith(days);
          const findings = judged(acmTarget, acm(leaf, { renewal, renews }), [leaf]);
          expect(findings.some(({ severity }) => severity !== 'info')).toBe(true);
        },
      ),
    );
  });

  it('remembers what stood under its ARN, and forgets it when it comes back', () => {
    const [first, second] = [certificate('first'), certificate('second')];
    const nothing = { addresses: new Set<string>(), families: new Set<4 | 6>() };
    const renewed = mergeContent(acm(first), acm(second), nothing, iso(T0), iso(T0)).content as AcmContent;
    expect(renewed.replaced).toEqual([{ fingerprint: first.fingerprint, at: iso(T0) }]);
    const back = mergeContent(renewed, acm(first), nothing, iso(later(DAY)), iso(T0)).content as AcmContent;
    expect(back.replaced).toEqual([{ fingerprint: second.fingerprint, at: iso(later(DAY)) }]);
  });
});

describe('an endpoint that is meant to serve a certificate of ACM', () => {
  const [old, renewed] = [certificate('old'), certificate('renewed')];
  const served = (at: Date) => acm(renewed, { replaced: [{ fingerprint: old.fingerprint, at: iso(at) }] });
  const content = endpointContent(servedChain([old]));

  it.each([
    [23 * HOUR, false],
    [25 * HOUR, true],
  ])('has %i ms for the change', (ago, late) => {
    const findings = judged(endpointTarget(), content, [old, renewed], { served: served(later(-ago)) });
    expect(findings.some(({ check }) => check === 'renewed-not-deployed')).toBe(late);
  });

  it('is not blamed for a certificate that never stood under that ARN', () => {
    const findings = judged(endpointTarget(), content, [old, renewed], { served: acm(renewed) });
    expect(short(findings)).not.toContain('renewed-not-deployed critical critical');
  });
});

describe('a truststore that API Gateway has loaded', () => {
  const root = authority('Root', { subject: 'CN=Root', issuer: 'CN=Root', selfSigned: true });
  const bundle = (
    versions: NonNullable<BundleContent['loaded']>['versions'],
    latest?: string | null,
  ): BundleContent => ({
    kind: 'truststore',
    certificates: [...new Set(versions.flatMap(({ certificates }) => certificates))],
    blocks: 1,
    duplicates: 0,
    unreadable: [],
    privateKeyLines: [],
    loaded: { versions, ...(latest === undefined ? {} : { latest }) },
  });
  const checks = (content: BundleContent, known: readonly Certificate[]) =>
    judged(bundleTarget(), content, known).map(({ check }) => check);
  const version = (name: string | null, ...certificates: readonly Certificate[]) => ({
    version: name,
    domains: ['api.test'],
    certificates: certificates.map(({ fingerprint }) => fingerprint),
  });

  it('is well at the version that lies in S3', () => {
    expect(checks(bundle([version('v1', root)], 'v1'), [root])).toEqual([]);
  });

  it('says that a newer one was uploaded and not loaded', () => {
    expect(judged(bundleTarget(), bundle([version('v1', root)], 'v2'), [root])).toMatchObject([
      { check: 'truststore-drift', message: 'version v2 lies in S3, but api.test still uses v1' },
    ]);
  });

  it('says that no version is named', () => {
    expect(checks(bundle([version(null, root)], 'v2'), [root])).toEqual(['truststore-unpinned']);
  });

  it('says that an issuer is missing, that a leaf stands in it, and that a name stands for two keys', () => {
    const orphan = authority('Issuing', { subject: 'CN=Issuing', issuer: 'CN=Elsewhere', selfSigned: false });
    const leaf = certificate('client', { selfSigned: false });
    const double = authority('Double', { ...root, fingerprint: 'd'.repeat(64), spkiSha256: 'e'.repeat(64) });
    const found = checks(bundle([version('v1', root, orphan, leaf, double)], 'v1'), [
      root,
      orphan,
      leaf,
      double,
    ]);
    expect(found).toContain('issuer-missing');
    expect(found).toContain('not-a-ca');
    expect(found).toContain('duplicate-subject');
  });

  it('takes the same CA in two versions for no duplicate', () => {
    const newer = authority('Root again', {
      ...root,
      fingerprint: 'd'.repeat(64),
      spkiSha256: 'e'.repeat(64),
    });
    const content = bundle([version('v1', root), version('v2', newer)], 'v2');
    expect(checks(content, [root, newer])).not.toContain('duplicate-subject');
  });

  it('says that a line of CAs is longer than four', () => {
    const line = Array.from({ length: 5 }, (_, index) =>
      authority(`CA ${index}`, {
        subject: `CN=CA ${index}`,
        issuer: index === 0 ? 'CN=CA 0' : `CN=CA ${index - 1}`,
        selfSigned: index === 0,
      }),
    );
    expect(checks(bundle([version('v1', ...line)], 'v1'), line)).toContain('chain-too-long');
    expect(checks(bundle([version('v1', ...line.slice(0, 4))], 'v1'), line)).not.toContain('chain-too-long');
  });
});

describe('a custom domain', () => {
  const target: AwsTarget = { ...acmTarget, kind: 'domain', id: 'domain:111111111111/eu-west-1/api.test' };
  const domain = (facts: Partial<DomainContent>): DomainContent => ({
    kind: 'domain',
    certificates: [],
    endpointType: 'REGIONAL',
    status: 'AVAILABLE',
    statusMessage: null,
    certificateArn: null,
    ownershipArn: null,
    truststore: null,
    truststoreWarnings: [],
    ...facts,
  });

  it.each<[Partial<DomainContent>, string[]]>([
    [{}, []],
    [{ status: 'UPDATING' }, []],
    [{ status: 'PENDING_OWNERSHIP_VERIFICATION' }, ['domain-status critical critical']],
    [{ status: 'PENDING_CERTIFICATE_REIMPORT' }, ['domain-status critical critical']],
    [{ status: 'SOMETHING_NEW' }, ['domain-status warning warning']],
    [{ status: '__proto__' }, ['domain-status warning warning']],
    [{ truststoreWarnings: ['chain is not complete'] }, ['truststore-warnings warning warning']],
  ])('%j', (facts, expected) => {
    expect(short(judged(target, domain(facts), []))).toEqual(expected);
  });
});

describe('the proof of ownership of a custom domain', () => {
  const target: AwsTarget = { ...acmTarget, kind: 'domain', id: 'domain:111111111111/eu-west-1/api.test' };
  const proof = leafWith(20);
  const content: DomainContent = {
    kind: 'domain',
    certificates: [proof.fingerprint],
    endpointType: 'REGIONAL',
    status: 'AVAILABLE',
    statusMessage: null,
    certificateArn: null,
    ownershipArn: 'arn:aws:acm:eu-west-1:111111111111:certificate/proof',
    truststore: null,
    truststoreWarnings: [],
  };

  it('is judged at the domain, although ACM counts it as used by nothing', () => {
    const imported = acm(proof, { inUse: false, renews: false });
    expect(judged(target, content, [proof], { served: imported })).toMatchObject([
      {
        check: 'expiring',
        rung: 'notice',
        advice: expect.stringContaining('ownership verification certificate'),
      },
    ]);
  });

  it('is silent while ACM renews it', () => {
    expect(judged(target, content, [proof], { served: acm(proof, { inUse: false }) })).toEqual([]);
  });
});

describe('when a target wants attention', () => {
  const state = {
    target: 'x',
    observedAt: iso(T0),
    seenAt: iso(T0),
    failures: 0,
    cadence: '1d' as const,
    nextRungAt: null,
  };

  it('is never for one that is well and far from a rung', () => {
    expect(attentionAt(state)).toBeNull();
  });

  it('is at its next rung, at a confirmation, or soon after a failure, whichever comes first', () => {
    expect(attentionAt({ ...state, nextRungAt: iso(later(5 * DAY)) })).toEqual(later(5 * DAY));
    expect(attentionAt({ ...state, nextRungAt: iso(later(5 * DAY)), confirmAt: iso(later(HOUR)) })).toEqual(
      later(HOUR),
    );
    expect(attentionAt({ ...state, failures: 1 })).toEqual(later(HOUR / 4));
    expect(attentionAt({ ...state, failures: 20 })).toBeNull();
  });

  it('does not move from one look to the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 23 }), (days, hours) => {
        const next = iso(later(days * DAY));
        const then = { ...state, nextRungAt: next, observedAt: iso(later(hours * HOUR)) };
        expect(attentionAt(then)).toEqual(attentionAt({ ...state, nextRungAt: next }));
      }),
    );
  });

  it('is by the class of its own cadence where it has one', () => {
    const target = { ...endpointTarget(), everyMs: 7 * HOUR };
    const facts = { content: null, certificate: () => undefined, failures: 0, unreachableAfter: 3, now: T0 };
    expect(cadenceOf({ ...facts, target })).toBe('6h');
  });
});

describe('the monitor on itself', () => {
  const health = {
    source: 'acm/111111111111/eu-west-1',
    lastRunAt: iso(T0),
    firstCompleteAt: null,
    listed: 0,
    parsed: 0,
    skipped: 0,
    denied: 0,
  };

  it('says that a source has not succeeded for two rounds, since whenever', () => {
    const interval = 6 * HOUR;
    expect(sourceFailing({ ...health, lastSuccessAt: iso(later(-11 * HOUR)) }, interval, T0)).toBeNull();
    expect(sourceFailing({ ...health, lastSuccessAt: iso(later(-12 * HOUR)) }, interval, T0)).toMatchObject({
      severity: 'critical',
    });
    expect(
      sourceFailing({ ...health, firstFailureAt: iso(later(-13 * HOUR)) }, interval, T0)?.message,
    ).toContain('never');
  });

  it('counts what it watches and what it cannot see', () => {
    const denied = { ...health, failure: { reason: 'access_denied' as const } };
    const bucket = {
      what: 's3://x/y',
      failure: { reason: 'object_missing_or_denied' as const },
      remedy: 'allow it',
    };
    const other = { ...health, source: 'apigateway/111111111111/us-east-1', blind: [bucket] };
    const status = statusOf({
      watched: { acm: 2, endpoint: 1 },
      open: {},
      unobserved: 0,
      sources: [denied, other],
    });
    expect(status.sentence).toBe('watching 3 targets in 2 regions, blind to 2');
    expect(status.blind.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('allow acm:ListCertificates'),
      'allow it',
    ]);
  });
});
