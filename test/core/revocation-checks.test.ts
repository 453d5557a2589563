import { describe, expect, it } from 'vitest';
import type { EndpointContent, ServedChain } from '../../lib/core/content.ts';
import type { RevocationStatus } from '../../lib/core/revocation.ts';
import {
  authority,
  certificate,
  DAY,
  endpointContent,
  fp,
  iso,
  later,
  servedChain,
  T0,
} from '../support/facts.ts';
import { opinionsOf, said } from '../support/judge.ts';

const leaf = certificate('api.test');
const issuer = authority('Issuing CA', { role: 'intermediate', selfSigned: false, issuer: 'CN=Anchor' });
const all = [leaf, issuer];
const REVOKED: RevocationStatus = {
  state: 'revoked',
  by: 'crl',
  revokedAt: '2026-11-01T08:00:00Z',
  reason: 'keyCompromise',
};

function inquired(
  revocation: Readonly<Record<string, RevocationStatus>>,
  ...chains: readonly ServedChain[]
): EndpointContent {
  const served = chains.length === 0 ? [servedChain(all)] : chains;
  return { ...endpointContent(...served), inquiry: { revocation } };
}

describe('a revoked certificate', () => {
  const revoked = (content: EndpointContent, certificates = all) => said('revoked', content, certificates);

  it('is critical as a leaf, with when, why and who says so', () => {
    expect(revoked(inquired({ [leaf.fingerprint]: REVOKED }))).toEqual([
      'critical: api.test was revoked on 2026-11-01 08:00 UTC (keyCompromise), says the CRL of its CA',
    ]);
  });

  it.each([
    [{ state: 'good', by: 'crl' }],
    [{ state: 'unknown', by: 'crl', because: 'stale', revokedAt: '2026-11-01T08:00:00Z' }],
  ] satisfies [RevocationStatus][])('is not one that is %o', (status) => {
    expect(revoked(inquired({ [leaf.fingerprint]: status }))).toEqual([]);
  });

  it('is told by its staple alone', () => {
    const staple = { state: 'revoked', revokedAt: '2026-11-01T08:00:00Z' } as const;
    expect(revoked(endpointContent(servedChain(all, { staple })))).toEqual([
      'critical: api.test was revoked on 2026-11-01 08:00 UTC, says the OCSP response that comes with it',
    ]);
    expect(revoked(endpointContent(servedChain(all, { staple: { state: 'good' } })))).toEqual([]);
  });

  it('is one finding where both say so, and a good answer of the other takes nothing back', () => {
    const chain = servedChain(all, { staple: { state: 'revoked' } });
    expect(revoked(inquired({ [leaf.fingerprint]: REVOKED }, chain))).toHaveLength(1);
    expect(revoked(inquired({ [leaf.fingerprint]: { state: 'good', by: 'crl' } }, chain))).toHaveLength(1);
  });

  it('leaves out a reason that is none', () => {
    const status = { ...REVOKED, reason: 'unspecified' } as const;
    expect(revoked(inquired({ [leaf.fingerprint]: status }))).toEqual([
      'critical: api.test was revoked on 2026-11-01 08:00 UTC, says the CRL of its CA',
    ]);
  });

  it('says at how many addresses it is served', () => {
    const next = certificate('api.test', { fingerprint: fp('next') });
    const content = inquired(
      { [leaf.fingerprint]: REVOKED },
      servedChain([next], { addressCount: 2 }),
      servedChain(all),
    );
    expect(revoked(content, [...all, next])[0]).toContain(
      'api.test (served by 1 of 3 addresses) was revoked',
    );
  });

  it.each([
    ['on the line of issuers', servedChain(all), 'critical: issuer Issuing CA (above api.test) was revoked'],
    [
      'that is the anchor',
      servedChain([leaf], {
        anchor: { fingerprint: issuer.fingerprint, subject: 'CN=Issuing CA', notAfter: null },
      }),
      'critical: issuer CN=Issuing CA (above api.test) was revoked',
    ],
    [
      'beside the line',
      servedChain(all, { path: [0] }),
      'info: Issuing CA in the presented chain was revoked',
    ],
  ])('%s', (_, chain, sentence) => {
    const [message, ...more] = revoked(inquired({ [issuer.fingerprint]: REVOKED }, chain));
    expect(message).toContain(sentence);
    expect(more).toEqual([]);
  });

  it('counts as an issuer that was not sent, unless another one has its place', () => {
    const under = certificate('api.test', { issuer: 'CN=Issuing CA' });
    const other = authority('Issuing CA', {
      fingerprint: fp('cross'),
      role: 'intermediate',
      issuer: 'CN=Anchor',
    });
    const bare = servedChain([under], { anchor: null });
    expect(revoked(inquired({ [issuer.fingerprint]: REVOKED }, bare), [under, issuer])).toHaveLength(1);
    const full = servedChain([under, other]);
    expect(revoked(inquired({ [issuer.fingerprint]: REVOKED }, full), [under, issuer, other])).toEqual([]);
  });

  it('is of no interest once it is not served any more', () => {
    const old = certificate('old.test');
    expect(revoked(inquired({ [old.fingerprint]: REVOKED }), [...all, old])).toEqual([]);
  });

  it.each([
    ['keyCompromise', 'with a new key'],
    ['superseded', 'Replace it now on every address:'],
    ['certificateHold', 'Have the CA release it'],
  ] as const)('%s has its own advice', (reason, advice) => {
    const [finding] = opinionsOf('revoked', inquired({ [leaf.fingerprint]: { ...REVOKED, reason } }), all);
    expect(finding?.advice).toContain(advice);
    expect(finding?.fingerprint).toBe(leaf.fingerprint);
    expect(finding?.rung).toBe('critical');
  });
});

describe('must-staple', () => {
  const must = certificate('api.test', { mustStaple: true });
  const missing = (content: EndpointContent, certificates = [must]) =>
    said('staple-missing', content, certificates);

  it('without a staple is critical', () => {
    expect(missing(endpointContent(servedChain([must])))).toEqual([
      'critical: api.test demands that an OCSP response is sent along, and none is',
    ]);
  });

  it('is content with a staple, and a certificate that demands none with none', () => {
    expect(missing(endpointContent(servedChain([must], { staple: { state: 'good' } })))).toEqual([]);
    expect(missing(endpointContent(servedChain([leaf])), [leaf])).toEqual([]);
  });

  it('is not judged by a conversation that broke off before it could come', () => {
    expect(missing(endpointContent(servedChain([must], { protocol: null })))).toEqual([]);
  });

  it('says where none comes, in one finding whatever is sent with the leaf', () => {
    const stapled = servedChain([must, issuer], { staple: { state: 'good' }, addressCount: 2 });
    const found = missing(endpointContent(stapled, servedChain([must])), [must, issuer]);
    expect(found).toEqual([
      'critical: api.test demands that an OCSP response is sent along, and none is by 1 of 3 addresses',
    ]);
  });
});

describe('a staple that says nothing', () => {
  const unusable = (because: RevocationStatus['because'], facts = {}) => {
    const served = certificate('api.test', facts);
    const staple = { state: 'unknown', ...(because === undefined ? {} : { because }) } as const;
    return said('staple-unusable', endpointContent(servedChain([served], { staple })), [served]);
  };

  it.each([
    ['stale', 'it is out of date'],
    ['malformed', 'what was received cannot be decoded'],
    ['signature_invalid', 'its signature is not valid'],
    ['other_certificate', 'the OCSP response is about other certificates'],
    ['responder_not_trusted', 'it is signed by somebody whom the CA has not allowed to'],
    ['responder_does_not_know', 'the OCSP responder does not know the certificate'],
  ] as const)('%s', (because, why) => {
    expect(unusable(because)).toEqual([
      `warning: the OCSP response that comes with api.test is of no use: ${why}`,
    ]);
    expect(unusable(because, { mustStaple: true })[0]).toContain('critical: ');
  });

  it.each(['not_issuer', 'algorithm_unsupported', 'unknown_critical_extension'] as const)(
    '%s is not the fault of the staple',
    (because) => {
      expect(unusable(because, { mustStaple: true })[0]).toContain(
        'info: the OCSP response that comes with api.test could not be verified here',
      );
    },
  );

  it('is told by the one that is at fault where another one merely could not be verified', () => {
    const staples = [['not_issuer'], ['stale']] as const;
    const chains = staples.map(([because], index) =>
      servedChain(all.slice(0, index + 1), { staple: { state: 'unknown', because } }),
    );
    expect(said('staple-unusable', endpointContent(...chains), all)).toEqual([
      'warning: the OCSP response that comes with api.test is of no use: it is out of date',
    ]);
  });

  it('is no finding where it says something, or where there is none', () => {
    const states = [{ staple: { state: 'good' } }, { staple: { state: 'revoked' } }, {}] as const;
    for (const facts of states)
      expect(said('staple-unusable', endpointContent(servedChain([leaf], facts)), [leaf])).toEqual([]);
  });

  it('says that it called the certificate revoked all the same', () => {
    const staple = { state: 'unknown', because: 'stale', revokedAt: '2026-11-01T08:00:00Z' } as const;
    expect(said('staple-unusable', endpointContent(servedChain([leaf], { staple })), [leaf])[0]).toContain(
      'it is out of date; it calls the certificate revoked on 2026-11-01 08:00 UTC',
    );
  });
});

describe('what nobody can say of revocation', () => {
  const unknown = (status: Partial<RevocationStatus>, served = leaf, rest = {}) =>
    said(
      'revocation-unknown',
      inquired({ [served.fingerprint]: { state: 'unknown', by: null, ...status } }, servedChain([served])),
      [served],
      rest,
    );
  const living = (seconds: number, notBefore: Date) =>
    certificate('api.test', {
      notBefore: iso(notBefore),
      notAfter: iso(later((seconds - 1) * 1000, notBefore)),
    });

  it('is information, with why', () => {
    expect(unknown({ because: 'unreachable', detail: 'connect ETIMEDOUT' })).toEqual([
      'info: whether api.test was revoked is unknown: nobody who would know could be asked (connect ETIMEDOUT)',
    ]);
  });

  it('is said only where it is switched on, and only of what is unknown', () => {
    expect(unknown({ because: 'unreachable' }, leaf, { switchedOn: new Set() })).toEqual([]);
    expect(
      said('revocation-unknown', inquired({ [leaf.fingerprint]: { state: 'good', by: 'crl' } }), all),
    ).toEqual([]);
  });

  it('says that it is listed all the same', () => {
    expect(unknown({ because: 'stale', revokedAt: '2026-11-01T08:00:00Z' })[0]).toContain(
      'it is out of date; it is listed as revoked on 2026-11-01 08:00 UTC',
    );
  });

  it.each([
    ['7 days', 7 * 86_400, T0, 0],
    ['a second more', 7 * 86_400 + 1, T0, 1],
    ['10 days before 15 March 2026', 10 * 86_400, new Date('2026-03-14T23:59:59Z'), 0],
    ['10 days from then on', 10 * 86_400, new Date('2026-03-15T00:00:00Z'), 1],
    ['10 days before there were any', 10 * 86_400, new Date('2024-03-14T23:59:59Z'), 1],
  ])('is expected of a certificate of %s that names no source', (_, seconds, notBefore, count) => {
    expect(unknown({ because: 'no_source' }, living(seconds, notBefore))).toHaveLength(count);
  });

  it('is said of a short-lived one that does name a source', () => {
    expect(unknown({ because: 'unreachable' }, living(6 * 86_400, T0))).toHaveLength(1);
  });

  it('is not said of what has expired, is beside the line, or is not served any more', () => {
    expect(unknown({ because: 'certificate_expired' })).toEqual([]);
    const stale = { [issuer.fingerprint]: { state: 'unknown', by: null, because: 'stale' } } as const;
    expect(said('revocation-unknown', inquired(stale, servedChain(all)), all)).toHaveLength(1);
    expect(said('revocation-unknown', inquired(stale, servedChain(all, { path: [0] })), all)).toEqual([]);
    expect(said('revocation-unknown', inquired(stale, servedChain([leaf])), all)).toEqual([]);
  });
});

describe('dead URLs', () => {
  const dead = (count: number, about = leaf) =>
    Array.from({ length: count }, (_, index) => ({
      fingerprint: about.fingerprint,
      url: `http://crl.test/${index}\u001b[2J`,
      purpose: 'crl' as const,
      why: 'the server answered 404',
    }));
  const content = (deadUrls: ReturnType<typeof dead>, chain = servedChain(all)) => ({
    ...endpointContent(chain),
    inquiry: { at: iso(later(-DAY)), deadUrls },
  });

  it('are one warning for each certificate, with what is there and nothing that a terminal obeys', () => {
    const found = said('dead-url', content([...dead(4), ...dead(1, issuer)]), all);
    expect(found).toEqual([
      'warning: api.test names what is not there (its CRL at http://crl.test/0\\u{1b}[2J: the server answered 404; its CRL at http://crl.test/1\\u{1b}[2J: the server answered 404; its CRL at http://crl.test/2\\u{1b}[2J: the server answered 404; and 1 more)',
      'warning: issuer Issuing CA (above api.test) names what is not there (its CRL at http://crl.test/0\\u{1b}[2J: the server answered 404)',
    ]);
  });

  it('are not said where there are none, beside the line, or of what is gone', () => {
    expect(said('dead-url', content([]), all)).toEqual([]);
    expect(said('dead-url', content(dead(1, issuer), servedChain(all, { path: [0] })), all)).toEqual([]);
    expect(said('dead-url', content(dead(1, issuer), servedChain([leaf])), all)).toEqual([]);
  });
});
