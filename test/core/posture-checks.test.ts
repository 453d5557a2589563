import { describe, expect, it } from 'vitest';
import type { CaaFinding } from '../../lib/core/caa-finding.ts';
import { CHECKS, OPTIONAL_CHECKS } from '../../lib/core/checks/index.ts';
import type { EndpointContent } from '../../lib/core/content.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import type { DeepLook } from '../../lib/core/observation.ts';
import { contentOf } from '../../lib/core/summarize.ts';
import { answerWith } from '../support/answer.ts';
import {
  authority,
  certificate,
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

const leaf = certificate('api.test');
const issuer = authority('Issuing CA', { role: 'intermediate' });

describe('optional checks', () => {
  it('say nothing unless they are switched on by name', () => {
    const chain = servedChain([leaf], {
      publiclyTrusted: true,
      cipher: 'TLS_RSA_WITH_AES_128_CBC_SHA',
      keyFrom: fp('old'),
    });
    const content: EndpointContent = {
      ...endpointContent(chain),
      inquiry: { caa: { state: 'unrestricted' } },
    };
    const kinds = (...on: readonly (typeof OPTIONAL_CHECKS)[number][]) =>
      evaluate(subject(endpointTarget(), content, [leaf], { switchedOn: new Set(on) })).map(
        ({ check }) => check,
      );
    expect(kinds()).toEqual([]);
    expect(kinds('key-reused')).toEqual(['key-reused']);
    expect(kinds(...OPTIONAL_CHECKS)).toEqual([
      'weak-cipher',
      'key-reused',
      'not-post-quantum',
      'caa-missing',
    ]);
  });

  it('are those that say so', () => {
    expect(OPTIONAL_CHECKS).toEqual(CHECKS.filter(({ optional }) => optional).map(({ id }) => id));
    expect(OPTIONAL_CHECKS).toHaveLength(10);
  });
});

describe('old versions of TLS', () => {
  const look = (versions: Partial<DeepLook['versions']>) => {
    const none = { 'TLSv1.3': false, 'TLSv1.2': false, 'TLSv1.1': false, TLSv1: false };
    const deep = { at: iso(T0), versions: { ...none, ...versions } };
    return said('legacy-versions', { ...endpointContent(servedChain([leaf])), deep }, [leaf]);
  };

  it('beside new ones are a warning', () => {
    expect(look({ 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': true, TLSv1: true })).toEqual([
      'warning: it still speaks TLS 1.1 and TLS 1.0, beside TLS 1.3 and TLS 1.2',
    ]);
    expect(look({ 'TLSv1.2': true, TLSv1: true })).toEqual([
      'warning: it still speaks TLS 1.0, beside TLS 1.2',
    ]);
  });

  it('are no finding where they are not spoken, cannot be told, or are all there is', () => {
    expect(look({ 'TLSv1.3': true, 'TLSv1.2': true })).toEqual([]);
    expect(look({ 'TLSv1.3': true, 'TLSv1.1': null, TLSv1: null })).toEqual([]);
    expect(look({ 'TLSv1.1': true, TLSv1: true })).toEqual([]);
    expect(said('legacy-versions', endpointContent(servedChain([leaf])), [leaf])).toEqual([]);
  });
});

describe('a cipher suite', () => {
  const weak = (cipher: string | null) =>
    said('weak-cipher', endpointContent(servedChain([leaf], { cipher })), [leaf]);

  it.each([
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
    ['TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
    ['TLS_RSA_PSK_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
    ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'no forward secrecy, 3DES, with blocks of 64 bits, CBC with SHA-1'],
    ['TLS_RSA_WITH_RC4_128_MD5', 'no forward secrecy, RC4, MD5'],
    ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'RC4'],
    ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'CBC with SHA-1'],
    ['TLS_DHE_RSA_WITH_DES_CBC_SHA', 'a cipher with blocks of 64 bits, CBC with SHA-1'],
    ['TLS_ECDHE_RSA_WITH_NULL_SHA', 'no encryption'],
    ['TLS_ECDH_anon_WITH_AES_128_CBC_SHA', 'no authentication, CBC with SHA-1'],
    ['TLS_RSA_EXPORT_WITH_RC4_40_MD5', 'no forward secrecy, a key that was weakened for export, RC4, MD5'],
  ])('%s is weak: %s', (cipher, why) => {
    expect(weak(cipher)).toEqual([`warning: it agrees on ${cipher} (${why})`]);
  });

  it.each([
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_CCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
    null,
  ])('%s is not', (cipher) => {
    expect(weak(cipher)).toEqual([]);
  });

  it('is told once for an endpoint, with where', () => {
    const old = { cipher: 'TLS_RSA_WITH_AES_128_GCM_SHA256' };
    const content = endpointContent(
      servedChain([leaf, issuer], { addressCount: 2 }),
      servedChain([leaf], old),
      servedChain([issuer], { ...old, otherKey: true }),
    );
    expect(said('weak-cipher', content, [leaf, issuer])).toEqual([
      'warning: it agrees on TLS_RSA_WITH_AES_128_GCM_SHA256 at 1 of 3 addresses (no forward secrecy)',
    ]);
  });
});

describe('a key exchange', () => {
  const exchanged = (keyExchangeGroup: string | null, rest = {}) =>
    said('not-post-quantum', endpointContent(servedChain([leaf], { keyExchangeGroup, ...rest })), [leaf]);

  it.each(['X25519', 'prime256v1', 'secp384r1', 'X448', 'DH-2048', 'RSA'])(
    'by %s can be undone later',
    (group) => {
      expect(exchanged(group)).toEqual([
        `info: keys are exchanged by ${group}, which a quantum computer could undo later`,
      ]);
    },
  );

  it.each(['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024', 'MLKEM512', 'mlkem1024', null])(
    'by %s cannot, or is not known',
    (group) => {
      expect(exchanged(group)).toEqual([]);
    },
  );

  it('is the least concern of a server that current clients refuse', () => {
    expect(exchanged('RSA', { legacy: true })).toEqual([]);
  });

  it('is counted by addresses', () => {
    const content = endpointContent(
      servedChain([leaf, issuer], { addressCount: 2, keyExchangeGroup: 'X25519MLKEM768' }),
      servedChain([leaf]),
    );
    expect(said('not-post-quantum', content, [leaf, issuer])[0]).toContain(
      'by X25519 at 1 of 3 addresses, which',
    );
  });
});

describe('a key that a renewal kept', () => {
  it('is a warning that names the one before', () => {
    const old = certificate('api.test', { fingerprint: fp('old'), notBefore: '2026-08-01T00:00:00Z' });
    const content = endpointContent(servedChain([leaf], { keyFrom: old.fingerprint }));
    expect(said('key-reused', content, [leaf, old])).toEqual([
      'warning: api.test has the key of api.test, which began on 2026-08-01 00:00 UTC, the one that it replaced',
    ]);
    expect(said('key-reused', content, [leaf])[0]).toContain(
      `has the key of ${old.fingerprint.slice(0, 12)}, the one`,
    );
  });

  it('is no finding where the key is new', () => {
    expect(said('key-reused', endpointContent(servedChain([leaf])), [leaf])).toEqual([]);
  });
});

describe('the lifetime of a public certificate', () => {
  const DAY_SECONDS = 86_400;
  const issued = (from: string, seconds: number, publiclyTrusted = true) => {
    const notBefore = new Date(from);
    const lasting = certificate('api.test', {
      notBefore: iso(notBefore),
      notAfter: iso(later((seconds - 1) * 1000, notBefore)),
    });
    const chain = servedChain([lasting], publiclyTrusted ? { publiclyTrusted } : {});
    return said('lifetime-too-long', endpointContent(chain), [lasting], { now: notBefore });
  };

  it.each([
    ['2018-03-01T00:00:00Z', 825],
    ['2020-08-31T23:59:59Z', 825],
    ['2020-09-01T00:00:00Z', 398],
    ['2026-03-14T23:59:59Z', 398],
    ['2026-03-15T00:00:00Z', 200],
    ['2027-03-14T23:59:59Z', 200],
    ['2027-03-15T00:00:00Z', 100],
    ['2029-03-14T23:59:59Z', 100],
    ['2029-03-15T00:00:00Z', 47],
  ])('that begins at %s is %d days at most, to the second', (from, days) => {
    expect(issued(from, days * DAY_SECONDS)).toEqual([]);
    expect(issued(from, days * DAY_SECONDS + 1)[0]).toContain(
      `warning: api.test is valid for ${days} d 1 s, and ${days} d was the most`,
    );
  });

  it("was longer before anybody looked, and is nobody else's business at a private CA", () => {
    expect(issued('2018-02-28T23:59:59Z', 1200 * DAY_SECONDS)).toEqual([]);
    expect(issued('2026-11-01T00:00:00Z', 3650 * DAY_SECONDS, false)).toEqual([]);
  });

  it('cannot be judged where a date cannot be read', () => {
    const odd = certificate('api.test', { notAfter: null });
    expect(
      said('lifetime-too-long', endpointContent(servedChain([odd], { publiclyTrusted: true })), [odd]),
    ).toEqual([]);
  });

  it('is known to be public from the observation on', () => {
    const seen = (facts: { readonly publiclyTrusted?: true }) => {
      const observation = answerWith(leaf, T0);
      const addresses = observation.addresses.map((each) => ({
        ...each,
        answer: { ...each.answer, chain: { ...each.answer.chain, ...facts } },
      }));
      const content = contentOf({ ...observation, addresses }, endpointTarget());
      return content?.kind === 'endpoint' ? content.chains[0]?.publiclyTrusted : null;
    };
    expect(seen({ publiclyTrusted: true })).toBe(true);
    expect(seen({})).toBeUndefined();
  });
});

describe('CAA', () => {
  const asked = (caa?: CaaFinding) => {
    const content = {
      ...endpointContent(servedChain([leaf])),
      inquiry: { at: iso(T0), ...(caa === undefined ? {} : { caa }) },
    };
    return [...said('caa-missing', content, [leaf]), ...said('caa-excludes-issuer', content, [leaf])];
  };
  const restricted = { state: 'restricted', at: 'test', issuers: ['ca.test', 'other.test'] } as const;

  it('that is not there is information', () => {
    expect(asked({ state: 'unrestricted' })).toEqual([
      'info: no CAA record says which CAs may issue for this name: every public one may',
    ]);
  });

  it('that excludes the present CA is a warning', () => {
    expect(asked({ ...restricted, permitsIssuer: false })).toEqual([
      'warning: the CAA records at test let only ca.test, other.test issue for this name, and not the CA that issued the present certificate: it will refuse to issue the next one',
    ]);
    expect(asked({ ...restricted, issuers: [], permitsIssuer: false })[0]).toContain(
      'let no CA issue for this name',
    );
    const many = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => `ca${digit}.test`);
    expect(asked({ ...restricted, issuers: many, permitsIssuer: false })[0]).toContain(
      'ca5.test and 2 more issue',
    );
  });

  it('with a critical property that nobody understands lets no CA issue, named or not', () => {
    const criticalUnknown = ['future', '\u001b[2J'];
    expect(asked({ ...restricted, criticalUnknown, permitsIssuer: false })).toEqual([
      'warning: the CAA records at test have the critical property future, \\u{1b}[2J: no CA may issue for this name before it understands that, and the next certificate will be refused',
    ]);
    expect(asked({ ...restricted, criticalUnknown, permitsIssuer: null })).toEqual([]);
  });

  it.each<[CaaFinding | undefined]>([
    [{ ...restricted, permitsIssuer: true }],
    [{ ...restricted, permitsIssuer: null }],
    [{ state: 'unknown', why: 'the resolver did not answer in time' }],
    [undefined],
  ])('is no finding: %o', (caa) => {
    expect(asked(caa)).toEqual([]);
  });
});

describe('SCTs', () => {
  const embedded = (scts: number | undefined, publiclyTrusted: boolean) => {
    const logged = certificate('api.test', scts === undefined ? {} : { scts });
    return opinionsOf(
      'no-sct',
      endpointContent(servedChain([logged], publiclyTrusted ? { publiclyTrusted } : {})),
      [logged],
    );
  };

  it('that a public certificate lacks are a warning', () => {
    const [finding] = embedded(0, true);
    expect(finding?.severity).toBe('warning');
    expect(finding?.message).toContain('api.test carries no SCT');
    expect(finding?.message).toContain(
      'unless the server sends one in the handshake or with its OCSP response',
    );
  });

  it.each([
    [2, true],
    [undefined, true],
    [0, false],
  ])('%s of a certificate that is public: %s', (scts, publiclyTrusted) => {
    expect(embedded(scts, publiclyTrusted)).toEqual([]);
  });
});
