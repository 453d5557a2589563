import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { EndpointContent } from '../../lib/core/content.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import { nearestName } from '../../lib/core/nearest-name.ts';
import type { Reason } from '../../lib/core/reason.ts';
import {
  authority,
  bundleContent,
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
const root = authority('Anchor', { fingerprint: fp('anchor') });
const all = [leaf, issuer, root];

describe('an untidy chain', () => {
  const untidy = (sent: readonly Certificate[], path: readonly number[], facts = {}) =>
    said('untidy-chain', endpointContent(servedChain(sent, { path, ...facts })), [...all, ...sent]);
  const stranger = authority('Stranger CA', {
    role: 'intermediate',
    selfSigned: false,
    issuer: 'CN=Nowhere',
  });

  it.each<[string, readonly Certificate[], readonly number[], string]>([
    ['sent twice', [leaf, issuer, issuer], [0, 1], 'Issuing CA is sent more than once'],
    [
      'out of order',
      [leaf, root, issuer],
      [0, 2],
      'the issuers do not follow each other; Anchor is a root, which is harmless but superfluous: who trusts it has it',
    ],
    ['with a stranger', [leaf, issuer, stranger], [0, 1], 'Stranger CA is needed by no line of issuers'],
    [
      'with its root',
      [leaf, issuer, root],
      [0, 1],
      'Anchor is a root, which is harmless but superfluous: who trusts it has it',
    ],
    [
      'with its root on the line',
      [leaf, issuer, root],
      [0, 1, 2],
      'Anchor is a root, which is harmless but superfluous: who trusts it has it',
    ],
    [
      'with the leaf twice',
      [leaf, leaf, issuer],
      [0, 2],
      'the issuers do not follow each other; api.test is sent more than once',
    ],
  ])('%s', (_, sent, path, faults) => {
    expect(untidy(sent, path)).toEqual([`info: the chain of api.test could be tidier: ${faults}`]);
  });

  it('is not one that is in order', () => {
    expect(untidy([leaf, issuer], [0, 1])).toEqual([]);
    expect(untidy([leaf], [0])).toEqual([]);
  });

  it('leaves a cross-sign alone, which older clients need', () => {
    const cross = authority('Anchor', {
      fingerprint: fp('cross'),
      role: 'intermediate',
      selfSigned: false,
      issuer: 'CN=Old Root',
    });
    expect(untidy([leaf, issuer, cross], [0, 1])).toEqual([]);
  });

  it('takes a namesake of an issuer with another key for the stranger that it is', () => {
    const namesake = authority('Issuing CA', {
      fingerprint: fp('namesake'),
      spkiSha256: fp('other key'),
      role: 'intermediate',
    });
    expect(untidy([leaf, issuer, namesake], [0, 1])[0]).toContain(
      'Issuing CA is needed by no line of issuers',
    );
  });

  it('says nothing of what has expired beside the line: another check does', () => {
    const old = authority('Old CA', { role: 'intermediate', notAfter: iso(later(-DAY)) });
    expect(untidy([leaf, issuer, old], [0, 1])).toEqual([]);
  });

  it('says nothing of a root that is not known here: it shows where the chain leads', () => {
    expect(untidy([leaf, issuer, root], [0, 1, 2], { anchor: null })).toEqual([]);
  });

  it('is one finding for a leaf, whatever each address sends with it', () => {
    const content = endpointContent(
      servedChain([leaf, issuer, issuer], { path: [0, 1] }),
      servedChain([leaf, issuer, root], { path: [0, 1] }),
    );
    expect(said('untidy-chain', content, all)).toHaveLength(1);
  });
});

describe('a chain without its intermediate', () => {
  const incomplete = (fetched?: Readonly<Record<string, boolean>>) => {
    const content = endpointContent(servedChain([leaf], { anchor: null }));
    const inquiry = { at: iso(T0), ...(fetched === undefined ? {} : { fetched }) };
    return said('incomplete-chain', { ...content, inquiry }, [leaf]);
  };
  const SENTENCE = 'warning: the issuer of api.test is neither sent nor a trust anchor here: CN=Issuing CA';

  it.each([
    [undefined, ''],
    [{}, ''],
    [
      { [leaf.fingerprint]: true },
      '; clients that fetch missing issuers (browsers) get through, others do not',
    ],
    [{ [leaf.fingerprint]: false }, '; not even clients that fetch missing issuers (browsers) get through'],
  ])('says who copes: %o', (fetched, who) => {
    expect(incomplete(fetched)).toEqual([SENTENCE + who]);
  });
});

describe('a name that is not covered', () => {
  const dns = (...names: string[]) => names.map((value) => ({ type: 'dns', value }) as const);

  it.each<[string, string[], string | null]>([
    ['example.com', ['www.example.com'], 'www.example.com (with and without "www." are two names)'],
    ['www.example.com', ['example.com'], 'example.com (with and without "www." are two names)'],
    ['example.com', ['*.example.com'], '*.example.com (a wildcard stands for exactly one label)'],
    ['a.b.example.com', ['*.example.com'], '*.example.com (a wildcard stands for exactly one label)'],
    ['api.example.com', ['web.example.com'], 'web.example.com (another host of the same domain)'],
    ['api.example.com', ['*.v1.example.com'], '*.v1.example.com (another host of the same domain)'],
    [
      'a.b.example.com',
      ['example.com', 'c.b.example.com'],
      'c.b.example.com (another host of the same domain)',
    ],
    [
      'a.b.example.com',
      ['c.b.example.com', '*.example.com'],
      '*.example.com (a wildcard stands for exactly one label)',
    ],
    [
      'a.b.example.com',
      ['*.example.com', 'c.b.example.com', 'example.com'],
      '*.example.com (a wildcard stands for exactly one label)',
    ],
    ['API.example.com.', ['web.EXAMPLE.com'], 'web.EXAMPLE.com (another host of the same domain)'],
    ['api.example.com', ['api.example.org', 'notexample.com', 'com', '*.com'], null],
    ['192.0.2.1', ['192-0-2-1.test'], null],
  ])('%s: of %o the nearest is %s', (wanted, names, nearest) => {
    const found = nearestName(dns(...names), wanted);
    expect(found === null ? null : `${found.name} (${found.why})`).toBe(nearest);
  });

  it('takes no other kind of name for near', () => {
    expect(nearestName([{ type: 'email', value: 'www.example.com' }], 'example.com')).toBeNull();
  });

  it('names the nearest first, and counts what it leaves out', () => {
    const other = certificate('other', {
      subjectAltNames: dns('a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'www.api.test'),
      subjectAltNamesOmitted: 10,
    });
    expect(
      said('name-mismatch', endpointContent(servedChain([other], { nameMatches: false })), [other]),
    ).toEqual([
      'critical: the certificate other does not cover api.test; it covers www.api.test (nearest: with and without "www." are two names), a.test, b.test, c.test, d.test and 11 more',
    ]);
  });

  it('is the wrong certificate where other addresses have the right one', () => {
    const other = certificate('other.test');
    const content = endpointContent(
      servedChain([leaf], { addressCount: 2 }),
      servedChain([other], { nameMatches: false, addresses: ['192.0.2.9'] }),
    );
    const [finding, ...more] = opinionsOf('name-mismatch', content, [leaf, other]);
    expect(finding?.message).toContain(
      'the certificate other.test (served by 1 of 3 addresses) does not cover api.test',
    );
    expect(finding?.advice).toBe(
      'It is the wrong certificate at 192.0.2.9: serve the one that the other addresses have.',
    );
    expect(more).toEqual([]);
  });

  it('is a matter of names where it is the one for other clients', () => {
    const other = certificate('other.test');
    const content = endpointContent(
      servedChain([leaf]),
      servedChain([other], { nameMatches: false, otherKey: true }),
    );
    expect(opinionsOf('name-mismatch', content, [leaf, other])[0]?.advice).toContain(
      'Reissue it with the names of the one',
    );
  });

  it('is one finding for a leaf, and says when it was last seen where it is only remembered', () => {
    const other = certificate('other.test');
    const remembered = { nameMatches: false, lastSeenAt: '2026-11-19T12:00:00Z' };
    const content = endpointContent(
      servedChain([other, issuer], remembered),
      servedChain([other], remembered),
    );
    const findings = opinionsOf('name-mismatch', content, [other, issuer]);
    expect(findings.map(({ lastSeenAt }) => lastSeenAt)).toEqual(['2026-11-19T12:00:00Z']);
    const half = endpointContent(
      servedChain([other, issuer], remembered),
      servedChain([other], { nameMatches: false }),
    );
    expect(opinionsOf('name-mismatch', half, [other, issuer])[0]?.lastSeenAt).toBeUndefined();
  });
});

describe('a server that current clients refuse', () => {
  const old = { legacy: true, protocol: 'TLSv1', cipher: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA' } as const;

  it('is a warning, with what it agreed on', () => {
    expect(said('legacy-server', endpointContent(servedChain([leaf], old)), [leaf])).toEqual([
      'warning: it answered only when TLS 1.0, TLS 1.1 and weak ciphers were allowed, and agreed on TLSv1, TLS_RSA_WITH_3DES_EDE_CBC_SHA',
    ]);
  });

  it('is counted by addresses', () => {
    const content = endpointContent(
      servedChain([leaf, issuer], { addressCount: 2 }),
      servedChain([leaf], { ...old, protocol: null, cipher: null }),
    );
    expect(said('legacy-server', content, all)).toEqual([
      'warning: 1 of 3 addresses answered only when TLS 1.0, TLS 1.1 and weak ciphers were allowed',
    ]);
  });

  it('is not one that answers a current client', () => {
    expect(said('legacy-server', endpointContent(servedChain([leaf])), [leaf])).toEqual([]);
  });
});

describe('the CAs that a server names to its clients', () => {
  const a = authority('CA A', { subject: 'CN=CA A,O=Partner' });
  const b = authority('CA B');
  const versions = { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': false, TLSv1: false };
  const compare = (
    clientAuthorities: readonly string[] | undefined,
    truststore: readonly Certificate[] | null,
    known: readonly Certificate[] = truststore ?? [],
  ) => {
    const deep = { at: iso(T0), versions, ...(clientAuthorities === undefined ? {} : { clientAuthorities }) };
    const content: EndpointContent = { ...endpointContent(servedChain([leaf])), deep };
    const rest = truststore === null ? {} : { truststore: bundleContent(truststore) };
    return said('client-authorities', content, [leaf, ...known], rest);
  };

  it('agree with the truststore, in whatever order and case', () => {
    expect(compare(['CN=ca  b', 'cn=CA\\ A,o=partner'], [a, b])).toEqual([]);
  });

  it.each<[string, readonly string[], readonly Certificate[], string]>([
    [
      'one is not advertised',
      ['CN=CA B'],
      [a, b],
      '1 CA of the truststore is not advertised: clients with certificates from there may show none (CN=CA A,O=Partner)',
    ],
    [
      'one is a stranger',
      ['CN=CA B', 'CN=Old'],
      [b],
      '1 CA that the server advertises is not in the truststore (CN=Old)',
    ],
    [
      'both',
      ['CN=Old', 'CN=Older'],
      [b],
      '1 CA of the truststore is not advertised: clients with certificates from there may show none (CN=CA B); 2 CAs that the server advertises are not in the truststore (CN=Old and CN=Older)',
    ],
  ])('differ: %s', (_, advertised, truststore, message) => {
    expect(compare(advertised, truststore)).toEqual([`warning: ${message}`]);
  });

  it('are any at all where the list is empty, and unknown where there is none', () => {
    expect(compare([], [a])).toEqual([]);
    expect(compare(undefined, [a])).toEqual([]);
    expect(compare(['CN=CA B'], null)).toEqual([]);
  });

  it('are not compared with a leaf in the truststore, nor called strangers by a truststore that is not known whole', () => {
    expect(compare(['CN=CA B'], [b, certificate('client.test')])).toEqual([]);
    expect(compare(['CN=CA B', 'CN=Old'], [a, b], [b])).toEqual([]);
  });

  it('are named up to three', () => {
    expect(compare(['CN=1', 'CN=2', 'CN=3', 'CN=4', 'CN=CA B'], [b])[0]).toContain(
      '(CN=1 and CN=2 and CN=3 and 1 more)',
    );
  });
});

describe('what to do where a target cannot be looked at', () => {
  const REMEDIES: readonly (readonly [Reason, string])[] = [
    ['starttls_refused', 'Turn TLS on at the server'],
    ['starttls_failed', 'Name the protocol that is spoken there (starttls, or --starttls)'],
    ['proxy_failed', 'See whether the proxy is up'],
    [
      'not_tls',
      'If it has to be asked for TLS, name its protocol (/smtp behind the endpoint, or starttls: smtp)',
    ],
    ['address_refused', 'Allow the address for this target (allow)'],
    ['name_refused', 'Ask for a name that the server has (serverName, or --server-name)'],
    ['connect_refused', 'See whether it is up and reachable from here'],
  ];

  it.each(REMEDIES)('%s', (reason, advice) => {
    const [finding] = evaluate(subject(endpointTarget(), null, [], { failures: 1, failure: { reason } }));
    expect(finding?.check).toBe('could-not-observe');
    expect(finding?.advice).toContain(advice);
  });

  it.each([
    ['HTTP/1.1 407 Proxy Authentication Required', 'in the environment: NOTAFTER_PROXY_AUTH=user:password'],
    ['HTTP/1.1 502 Bad Gateway', 'See whether the proxy is up'],
    ['no HTTP answer: HTTP 407', 'See whether the proxy is up'],
  ])('proxy_failed (%s)', (detail, advice) => {
    const failure = { reason: 'proxy_failed', detail } as const;
    const [finding] = evaluate(subject(endpointTarget(), null, [], { failures: 1, failure }));
    expect(finding?.advice).toContain(advice);
  });

  const some = (...reasons: Reason[]) => {
    const failures = reasons.map((reason, index) => ({
      reason,
      addressCount: 1,
      addresses: [`192.0.2.${index + 2}`],
    }));
    const content = { ...endpointContent(servedChain([leaf])), failures };
    return evaluate(subject(endpointTarget(), content, [leaf], { failures: 1 }))[0]?.advice;
  };

  it('is not to take an address out of DNS that is not dead', () => {
    expect(some('address_refused')).toContain('Allow the address');
    expect(some('name_refused', 'family_unavailable')).toContain('Ask for a name');
    expect(some('connect_refused')).toContain('Take the dead addresses out of DNS');
    expect(some('address_refused', 'connect_refused')).toContain('Take the dead addresses out of DNS');
  });
});
