import { describe, expect, it } from 'vitest';
import type { ServedChain } from '../../lib/core/content.ts';
import { certificatesBehind } from '../../lib/core/content.ts';
import { judgedCertificates } from '../../lib/core/judged.ts';
import type { StoreVerdict } from '../../lib/core/observation.ts';
import { describePathProblem, type PathProblem } from '../../lib/core/path-problem.ts';
import type { Reason } from '../../lib/core/reason.ts';
import { goneSightings, sightingsIn } from '../../lib/core/sightings.ts';
import {
  authority,
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  fp,
  iso,
  later,
  servedChain,
  subject,
  T0,
} from '../support/facts.ts';
import { opinionsOf, said } from '../support/judge.ts';

const leaf = certificate('api.test', { issuer: 'CN=Issuing CA' });
const issuer = authority('Issuing CA', { role: 'intermediate', selfSigned: false, issuer: 'CN=Anchor' });
const cross = authority('Cross-sign', {
  role: 'intermediate',
  selfSigned: false,
  issuer: 'CN=Old Root',
  notAfter: iso(later(40 * DAY)),
});
const all = [leaf, issuer, cross];
const OLD_ROOT = fp('old root');

function accepts(store: string, rest: Partial<StoreVerdict> = {}): StoreVerdict {
  return {
    store,
    path: [leaf.fingerprint, issuer.fingerprint, fp('anchor')],
    anchor: 'CN=Anchor',
    notAfter: leaf.notAfter,
    firstToEnd: leaf.fingerprint,
    outside: [],
    problem: null,
    ...rest,
  };
}

function refuses(store: string, problem: PathProblem): StoreVerdict {
  return { store, path: [], notAfter: null, firstToEnd: null, outside: [], problem };
}

/** A store whose clients have only the old root, which ends then. */
const endsWithOldRoot = (store: string, notAfter: Date, rest: Partial<StoreVerdict> = {}) =>
  accepts(store, {
    path: [leaf.fingerprint, issuer.fingerprint, OLD_ROOT],
    anchor: 'CN=Old Root',
    notAfter: iso(notAfter),
    firstToEnd: OLD_ROOT,
    ...rest,
  });

const UNKNOWN_ROOT = {
  kind: 'untrusted-root',
  fingerprint: issuer.fingerprint,
  subject: 'CN=New Root',
} as const;
const served = (stores: readonly StoreVerdict[], facts: Partial<ServedChain> = {}) =>
  endpointContent(servedChain([leaf, issuer], { stores, ...facts }));

describe('trust stores', () => {
  const differ = (stores: readonly StoreVerdict[], ...rest: readonly StoreVerdict[]) =>
    said('trust-stores-differ', served([...stores, ...rest]), all);

  it('that disagree are a warning that names who refuses and why', () => {
    expect(differ([accepts('mozilla'), refuses('system', UNKNOWN_ROOT)])).toEqual([
      'warning: api.test: clients with the trust store system refuse: the line of issuers ends at CN=New Root, which is not trusted',
    ]);
    const expired = { kind: 'issuer-missing', fingerprint: issuer.fingerprint, issuer: 'CN=Anchor' } as const;
    expect(
      differ([refuses('old', UNKNOWN_ROOT), accepts('mozilla'), refuses('system', expired)])[0],
    ).toContain(
      'clients with the trust store old refuse: the line of issuers ends at CN=New Root, which is not trusted; clients with the trust store system refuse: the issuer of Issuing CA is not known: CN=Anchor',
    );
  });

  it('that agree, or of which there is but one, are no finding of their own', () => {
    expect(differ([])).toEqual([]);
    expect(differ([accepts('mozilla')])).toEqual([]);
    expect(differ([refuses('system', UNKNOWN_ROOT)])).toEqual([]);
    expect(differ([accepts('mozilla'), accepts('system')])).toEqual([]);
    expect(differ([refuses('mozilla', UNKNOWN_ROOT), refuses('system', { kind: 'budget' })])).toEqual([]);
    expect(said('trust-stores-differ', endpointContent(servedChain([leaf])), [leaf])).toEqual([]);
  });

  it('are counted by addresses, in one finding for a leaf', () => {
    const stores = [accepts('mozilla'), refuses('system', UNKNOWN_ROOT)];
    const other = certificate('other.test');
    const content = endpointContent(
      servedChain([leaf, issuer], { stores }),
      servedChain([leaf], { stores }),
      servedChain([other], { addressCount: 2 }),
    );
    const [finding, ...more] = opinionsOf('trust-stores-differ', content, [...all, other]);
    expect(finding?.message).toContain(
      'api.test (served by 2 of 4 addresses): clients with the trust store system refuse: ',
    );
    expect(finding).toMatchObject({ fingerprint: leaf.fingerprint, rung: 'warning' });
    expect(more).toEqual([]);
  });

  it('of which one has an anchor that has ended are spoken of once, by whom it matters most', () => {
    const ended = later(-DAY);
    const problem = { kind: 'expired', fingerprint: OLD_ROOT, notAfter: iso(ended) } as const;
    const stores = [accepts('mozilla'), endsWithOldRoot('system', ended, { problem })];
    expect(differ(stores)).toEqual([]);
    expect(said('expired-in-chain', served(stores), all)).toEqual([
      'critical: issuer CN=Old Root (for clients with the trust store system) expired 24 h ago, on 2026-11-19 12:00 UTC: these have no other line of issuers',
    ]);
    // Of a certificate whose end is judged, anything else is still this check's to say.
    const unfit = { kind: 'extended-key-usage', fingerprint: leaf.fingerprint } as const;
    expect(differ([accepts('mozilla'), refuses('system', unfit)])).toHaveLength(1);
    // Nobody judges what clients may have met elsewhere: then it is left to this check.
    const outside = [OLD_ROOT];
    expect(differ([accepts('mozilla'), endsWithOldRoot('system', ended, { problem, outside })])[0]).toContain(
      'refuse: CN=Old Root expired on 2026-11-19 12:00 UTC',
    );
  });
});

describe('what ends first for the clients of one trust store', () => {
  const judged = (stores: readonly StoreVerdict[], facts: Partial<ServedChain> = {}, certificates = all) =>
    judgedCertificates(subject(endpointTarget(), served(stores, facts), certificates))
      .filter(({ position }) => position === 'issuer')
      .map(({ label, where, notAfter, stores: of }) => [label, where, notAfter, of]);
  const soon = later(3 * DAY);

  it('is judged as an issuer of the leaf', () => {
    expect(judged([accepts('mozilla'), endsWithOldRoot('system', soon)])).toEqual([
      ['CN=Old Root', 'for clients with the trust store system', iso(soon), ['system']],
    ]);
    expect(said('expiring', served([accepts('mozilla'), endsWithOldRoot('system', soon)]), all)).toEqual([
      'critical: issuer CN=Old Root (for clients with the trust store system) expires in 3 d, on 2026-11-23 12:00 UTC, before the leaf does',
    ]);
  });

  it('is one thing for all stores that it ends for, and has the name that is known of it', () => {
    const viaCross = { firstToEnd: cross.fingerprint, notAfter: cross.notAfter };
    expect(judged([accepts('a'), accepts('b', viaCross), accepts('c', viaCross)])).toEqual([
      ['Cross-sign', 'for clients with the trust stores b and c', cross.notAfter, ['b', 'c']],
    ]);
  });

  it.each<[string, StoreVerdict, Partial<ServedChain>]>([
    ['the leaf itself', accepts('system'), {}],
    ['what ends after the leaf', endsWithOldRoot('system', later(91 * DAY)), {}],
    ['what was not sent', endsWithOldRoot('system', soon, { outside: [OLD_ROOT] }), {}],
    ['what has no end that can be read', endsWithOldRoot('system', soon, { notAfter: null }), {}],
    ['a path that is not there', refuses('system', UNKNOWN_ROOT), {}],
  ])('is not %s', (_, verdict, facts) => {
    expect(judged([accepts('mozilla'), verdict], facts)).toEqual([]);
  });

  it('is left to the line of issuers where that ends as soon for everybody', () => {
    const anchor = { fingerprint: OLD_ROOT, subject: 'CN=Old Root', notAfter: iso(soon) };
    expect(judged([endsWithOldRoot('mozilla', soon)], { anchor })).toEqual([
      ['CN=Old Root', 'the trust anchor above api.test', iso(soon), undefined],
    ]);
  });

  it('is not what ends after the line that the others have', () => {
    const anchor = { fingerprint: fp('anchor'), subject: 'CN=Anchor', notAfter: iso(soon) };
    expect(judged([endsWithOldRoot('system', later(9 * DAY))], { anchor }).map(([label]) => label)).toEqual([
      'CN=Anchor',
    ]);
  });

  it('is no sighting where nobody has sent it, so that none is left behind', () => {
    const root = authority('Old Root', { fingerprint: OLD_ROOT, notAfter: iso(soon) });
    const content = served([accepts('mozilla'), endsWithOldRoot('system', soon)]);
    const seen = sightingsIn(subject(endpointTarget(), content, [...all, root]));
    expect(seen.map(({ fingerprint }) => fingerprint)).toEqual([leaf.fingerprint]);
    expect(goneSightings(content, [])).toEqual([leaf.fingerprint, issuer.fingerprint]);
  });
});

describe('an issuer that is not sent, and is known from elsewhere', () => {
  const known = { path: [leaf.fingerprint, issuer.fingerprint, fp('anchor')], outside: [issuer.fingerprint] };
  const incomplete = (stores: readonly StoreVerdict[], certificates = all, fetched?: boolean) => {
    const content = endpointContent(servedChain([leaf], { anchor: null, stores }));
    const inquiry = fetched === undefined ? {} : { fetched: { [leaf.fingerprint]: fetched } };
    return said('incomplete-chain', { ...content, inquiry }, certificates)[0]?.replace(
      'warning: the issuer of api.test is neither sent nor a trust anchor here: CN=Issuing CA',
      '',
    );
  };
  const KNOWN = `; this inventory knows it from elsewhere (Issuing CA, valid until 2036-11-17 12:00 UTC), and clients that have met it get through`;

  it('is named, with its end and with who gets through', () => {
    expect(incomplete([refuses('system', UNKNOWN_ROOT), accepts('mozilla', known)])).toBe(KNOWN);
    expect(incomplete([accepts('mozilla', known)], all, true)).toBe(
      `${KNOWN}; so do clients that fetch missing issuers (browsers), others do not`,
    );
    expect(incomplete([accepts('mozilla', known)], all, false)).toBe(
      `${KNOWN}; to fetch it from where the certificate says does not help`,
    );
  });

  it('is named by its fingerprint where the inventory has lost its facts', () => {
    expect(incomplete([accepts('mozilla', known)], [leaf])).toContain(
      `(${issuer.fingerprint.slice(0, 12)}),`,
    );
  });

  it('is of no interest where it completes nothing', () => {
    expect(incomplete([refuses('mozilla', UNKNOWN_ROOT)])).toBe('');
    expect(incomplete([accepts('mozilla')])).toBe('');
    const problem = { kind: 'expired', fingerprint: issuer.fingerprint, notAfter: iso(later(-DAY)) } as const;
    expect(incomplete([accepts('mozilla', { ...known, problem })])).toBe('');
  });

  it('is among the facts that a check may ask for, and is not held by the endpoint', () => {
    const content = endpointContent(servedChain([leaf], { stores: [accepts('mozilla', known)] }));
    expect(certificatesBehind(content)).toEqual([leaf.fingerprint, issuer.fingerprint]);
    expect(certificatesBehind(null)).toEqual([]);
  });
});

describe('why there is no path, in words', () => {
  const fingerprint = leaf.fingerprint;
  it.each<[PathProblem, string]>([
    [{ kind: 'issuer-missing', fingerprint, issuer: 'CN=X' }, 'the issuer of api.test is not known: CN=X'],
    [
      { kind: 'signature', fingerprint, issuer: 'CN=X' },
      'api.test was not signed by the key of its issuer CN=X',
    ],
    [
      { kind: 'untrusted-root', fingerprint, subject: 'CN=X' },
      'the line of issuers ends at CN=X, which is not trusted',
    ],
    [{ kind: 'self-signed', fingerprint }, 'api.test vouches for itself and is not trusted'],
    [
      { kind: 'circular', fingerprint },
      'above api.test the CAs certify each other, and nobody else certifies them',
    ],
    [{ kind: 'expired', fingerprint, notAfter: iso(T0) }, 'api.test expired on 2026-11-20 12:00 UTC'],
    [
      { kind: 'not-yet-valid', fingerprint, notBefore: iso(T0) },
      'api.test is not valid before 2026-11-20 12:00 UTC',
    ],
    [{ kind: 'path-length', fingerprint, limit: 1 }, 'api.test may have 1 CA below it, and has more'],
    [{ kind: 'path-length', fingerprint, limit: 0 }, 'api.test may have 0 CAs below it, and has more'],
    [
      { kind: 'name-constraints', fingerprint, name: 'dns:api.test', authority: issuer.fingerprint },
      'Issuing CA may not issue for dns:api.test, which api.test has',
    ],
    [{ kind: 'not-a-ca', fingerprint }, 'api.test has issued a certificate and is no CA'],
    [{ kind: 'key-usage', fingerprint }, 'the key usage of api.test does not allow what its key is used for'],
    [
      { kind: 'extended-key-usage', fingerprint },
      'the extended key usage of api.test does not allow a TLS server',
    ],
    [
      { kind: 'critical-extension', fingerprint, oid: '1.2.3' },
      'api.test has a critical extension that means nothing here (1.2.3)',
    ],
    [{ kind: 'unreadable', fingerprint, field: 'notAfter' }, 'notAfter of api.test cannot be read'],
    [{ kind: 'budget' }, 'there is more to follow than is worth it'],
  ])('%o', (problem, sentence) => {
    const names = new Map([leaf, issuer].map((each) => [each.fingerprint, each.subject.slice(3)]));
    expect(describePathProblem(problem, (each) => names.get(each) ?? each)).toBe(sentence);
  });
});

describe('a handshake that does not complete', () => {
  const fails = (...facts: readonly Partial<ServedChain>[]) =>
    said('handshake-fails', endpointContent(...facts.map((each) => servedChain([leaf], each))), all);
  const broken = (reason: Reason, detail?: string) => ({
    brokenOff: { reason, ...(detail === undefined ? {} : { detail }) },
  });

  it('is a warning with its reason', () => {
    expect(fails(broken('handshake_failed', 'bad signature'))).toEqual([
      'warning: api.test was sent, but a handshake did not complete: the TLS handshake failed (bad signature)',
    ]);
    expect(fails({})).toEqual([]);
  });

  it('is one finding for a leaf, with each reason once', () => {
    const content = endpointContent(
      servedChain([leaf], broken('connection_reset')),
      servedChain([leaf, issuer], broken('connection_closed')),
      servedChain([leaf, cross], broken('connection_closed')),
      servedChain([issuer]),
    );
    expect(said('handshake-fails', content, all)).toEqual([
      'warning: api.test (served by 3 of 4 addresses) was sent, but a handshake did not complete: the connection was reset during the handshake; the connection was closed during the handshake',
    ]);
  });
});
