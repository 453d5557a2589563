import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { Content } from '../../lib/core/content.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import { rungRank } from '../../lib/core/ladder.ts';
import type { Subject } from '../../lib/core/subject.ts';
import type { Target } from '../../lib/core/target.ts';
import {
  authority,
  bundleContent,
  bundleTarget,
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

/** check:severity:rung of every finding, and the sentences. */
function judge(
  target: Target,
  content: Content | null,
  certificates: Certificate[],
  rest: Partial<Subject> = {},
) {
  const findings = evaluate(subject(target, content, certificates, rest));
  return {
    kinds: findings.map(({ check, severity, rung }) => `${check}:${severity}:${rung ?? '-'}`),
    messages: findings.map(({ message }) => message),
    findings,
  };
}

const endpoint = endpointTarget();
const truststore = bundleTarget();

describe('a healthy endpoint', () => {
  it('has no findings', () => {
    const leaf = certificate('api.test');
    const issuer = authority('Issuing CA', { role: 'intermediate' });
    expect(judge(endpoint, endpointContent(servedChain([leaf, issuer])), [leaf, issuer]).kinds).toEqual([]);
  });

  it('is not bothered by a CA that would have been announced for a year if it were ours', () => {
    const leaf = certificate('api.test');
    const issuer = authority('Issuing CA', { role: 'intermediate', notAfter: iso(later(100 * DAY)) });
    expect(judge(endpoint, endpointContent(servedChain([leaf, issuer])), [leaf, issuer]).kinds).toEqual([]);
  });
});

describe('expiry at an endpoint', () => {
  const leaf = certificate('api.test');
  const at = (days: number) =>
    judge(endpoint, endpointContent(servedChain([leaf])), [leaf], { now: later(days * DAY) });

  it.each([
    [68, 'expiring:info:notice'],
    [80, 'expiring:warning:warning'],
    [85, 'expiring:critical:critical'],
    [89.5, 'expiring:critical:last'],
    [91, 'expired:critical:expired'],
  ])('after %d of 90 days', (days, kind) => {
    expect(at(days).kinds).toEqual([kind]);
  });

  it('says when, in time left and in UTC', () => {
    expect(at(85).messages).toEqual(['api.test expires in 5 d, on 2027-02-18 12:00 UTC']);
    expect(at(91).messages).toEqual(['api.test expired 24 h ago, on 2027-02-18 12:00 UTC']);
  });

  it('says how many addresses still serve it', () => {
    const next = certificate('api.test (new)', { notAfter: iso(later(180 * DAY)) });
    const content = endpointContent(servedChain([next], { addressCount: 2 }), servedChain([leaf]));
    const { messages, findings } = judge(endpoint, content, [leaf, next], { now: later(85 * DAY) });
    expect(findings[0]?.advice).toBe('Deploy the renewed certificate on the remaining addresses, too.');
    expect(messages).toEqual([
      'api.test expires in 5 d, on 2027-02-18 12:00 UTC (served by 1 of 3 addresses)',
    ]);
  });

  it('keeps one thread from expiring to expired', () => {
    expect(at(85).findings[0]?.story).toBe('expiring');
    expect(at(91).findings[0]?.story).toBe('expiring');
  });

  it('goes by the overrides of the target', () => {
    const eager = endpointTarget('api.test', { thresholds: { leaf: { critical: { ms: 60 * DAY } } } });
    const { kinds } = judge(eager, endpointContent(servedChain([leaf])), [leaf], { now: later(31 * DAY) });
    expect(kinds).toEqual(['expiring:critical:critical']);
  });
});

describe('the line of issuers', () => {
  const leaf = certificate('api.test');
  const short = authority('Short CA', { role: 'intermediate', notAfter: iso(later(10 * DAY)) });

  it('shortens the leaf: the issuer that ends first is announced by the leaf ladder', () => {
    const { kinds, messages } = judge(endpoint, endpointContent(servedChain([leaf, short])), [leaf, short]);
    expect(kinds).toEqual(['expiring:warning:warning']);
    expect(messages[0]).toContain('issuer Short CA (above api.test) expires in 10 d');
  });

  it('is dead when an issuer on it has expired, however young the leaf', () => {
    const { kinds } = judge(endpoint, endpointContent(servedChain([leaf, short])), [leaf, short], {
      now: later(11 * DAY),
    });
    expect(kinds).toEqual(['expired-in-chain:critical:expired']);
  });

  it('does not need an expired cross-sign that is sent beside it', () => {
    const cross = authority('Old Root', { notAfter: iso(later(-30 * DAY)) });
    const chain = servedChain([leaf, cross], { path: [0] });
    expect(judge(endpoint, endpointContent(chain), [leaf, cross]).kinds).toEqual(['expired-in-chain:info:-']);
  });

  it('counts the trust anchor, which is never sent', () => {
    const anchor = { fingerprint: fp('dst'), subject: 'CN=DST Root CA X3', notAfter: iso(later(5 * DAY)) };
    const { kinds } = judge(endpoint, endpointContent(servedChain([leaf], { anchor })), [leaf]);
    expect(kinds).toEqual(['expiring:critical:critical']);
  });
});

describe('trust', () => {
  const leaf = certificate('api.test');
  const root = authority('Private Root');
  const unanchored = (...chain: Certificate[]) =>
    endpointContent(servedChain(chain, { anchor: null, verdict: 'X' }));

  it.each([
    ['self-signed', unanchored(certificate('api.test', { selfSigned: true })), 'self-signed:warning:warning'],
    ['without its intermediate', unanchored(leaf), 'incomplete-chain:warning:warning'],
    ['under a root nobody named', unanchored(leaf, root), 'untrusted:warning:warning'],
  ])('%s', (name, content, kind) => {
    const certificates =
      name === 'self-signed' ? [certificate('api.test', { selfSigned: true })] : [leaf, root];
    expect(judge(endpoint, content, certificates).kinds).toEqual([kind]);
  });

  it('tells a rule that is broken from an issuer that is not known', () => {
    const { fingerprint } = root;
    const broken = endpointContent(
      servedChain([leaf, root], { anchor: null, problem: { kind: 'path-length', fingerprint, limit: 0 } }),
    );
    const { kinds, messages } = judge(endpoint, broken, [leaf, root]);
    expect(kinds).toEqual(['untrusted:warning:warning']);
    expect(messages[0]).toBe(
      'no line of issuers of api.test is one that clients accept: Private Root may have 0 CAs below it, and has more',
    );
    const missing = endpointContent(
      servedChain([leaf], { anchor: null, problem: { kind: 'issuer-missing', fingerprint, issuer: 'CN=X' } }),
    );
    expect(judge(endpoint, missing, [leaf]).kinds).toEqual(['incomplete-chain:warning:warning']);
  });

  it('takes an objection of OpenSSL seriously, except about what other checks judge better', () => {
    const verdict = (code: string) => endpointContent(servedChain([leaf], { verdict: code }));
    expect(judge(endpoint, verdict('PATH_LENGTH_EXCEEDED'), [leaf]).kinds).toEqual([
      'untrusted:warning:warning',
    ]);
    expect(judge(endpoint, verdict('CERT_HAS_EXPIRED'), [leaf]).kinds).toEqual([]);
  });
});

describe('names', () => {
  it('that do not cover the endpoint are critical, and those that would match are named', () => {
    const leaf = certificate('other.test');
    const { kinds, messages } = judge(
      endpoint,
      endpointContent(servedChain([leaf], { nameMatches: false })),
      [leaf],
    );
    expect(kinds).toEqual(['name-mismatch:critical:critical']);
    expect(messages).toEqual(['the certificate other.test does not cover api.test; it covers other.test']);
  });

  it('counts only entries that can cover a host', () => {
    const leaf = certificate('x', {
      subjectAltNames: [
        { type: 'email', value: 'a@b.test' },
        { type: 'uri', value: 'https://api.test/' },
      ],
    });
    const { messages } = judge(endpoint, endpointContent(servedChain([leaf], { nameMatches: false })), [
      leaf,
    ]);
    expect(messages[0]).toContain('it names no host at all');
  });

  it('that cannot be read are not the same as names that differ', () => {
    const leaf = certificate('api.test', {
      subjectAltNames: null,
      unreadable: { subjectAltNames: 'bad GeneralName' },
    });
    const { kinds } = judge(endpoint, endpointContent(servedChain([leaf], { nameMatches: null })), [leaf]);
    expect(kinds).toEqual(['name-mismatch:warning:warning']);
  });
});

describe('keys and signatures', () => {
  it.each([
    [{ keyAlgorithm: 'RSA', keySize: 1024 }, ['weak-key:warning:warning']],
    [{ keyAlgorithm: 'RSA', keySize: 2048 }, []],
    [{ keyAlgorithm: 'EC', keySize: 192 }, ['weak-key:warning:warning']],
    [{ keyAlgorithm: 'Ed25519', keySize: null }, []],
    [{ keyAlgorithm: 'unknown', keySize: null }, []],
    [{ signatureAlgorithm: 'sha1WithRSAEncryption' }, ['weak-signature:warning:warning']],
    [{ signatureAlgorithm: 'md5WithRSAEncryption' }, ['weak-signature:warning:warning']],
    [{ signatureAlgorithm: 'ecdsa-with-SHA1' }, ['weak-signature:warning:warning']],
    [{ signatureAlgorithm: 'sha256WithRSAEncryption' }, []],
    [{ signatureAlgorithm: 'ecdsa-with-SHA384' }, []],
    [{ signatureAlgorithm: 'RSA-SHA3-256' }, []],
    [{ signatureAlgorithm: 'ML-DSA-65' }, []],
  ])('%o', (facts, kinds) => {
    const leaf = certificate('api.test', facts);
    expect(judge(endpoint, endpointContent(servedChain([leaf])), [leaf]).kinds).toEqual(kinds);
  });

  it('forgive a root for what it signed over itself, but not in a truststore', () => {
    const root = authority('Old Root', { signatureAlgorithm: 'sha1WithRSAEncryption' });
    expect(judge(bundleTarget('file'), bundleContent([root], { kind: 'file' }), [root]).kinds).toEqual([]);
    expect(judge(truststore, bundleContent([root]), [root]).kinds).toEqual([
      'weak-signature:warning:warning',
    ]);
  });
});

describe('a truststore', () => {
  const old = authority('Partner CA', { notAfter: iso(later(100 * DAY)) });

  it('announces its CAs by the CA ladder', () => {
    expect(judge(truststore, bundleContent([old]), [old]).kinds).toEqual(['expiring:info:notice-again']);
    expect(judge(truststore, bundleContent([old]), [old], { now: later(80 * DAY) }).kinds).toEqual([
      'expiring:critical:critical',
    ]);
  });

  it('is critical with an expired CA', () => {
    const { kinds, messages } = judge(truststore, bundleContent([old]), [old], { now: later(101 * DAY) });
    expect(kinds).toEqual(['expired-in-chain:critical:expired']);
    expect(messages[0]).toContain('clients with certificates from it are refused');
  });

  it('is calm about a CA whose twin with the same subject and key lasts longer', () => {
    const twin = authority('Partner CA', { fingerprint: fp('twin'), spkiSha256: old.spkiSha256 });
    const both = bundleContent([old, twin]);
    expect(judge(truststore, both, [old, twin], { now: later(80 * DAY) }).kinds).toEqual(['expiring:info:-']);
    expect(judge(truststore, both, [old, twin], { now: later(101 * DAY) }).kinds).toEqual([
      'expired-in-chain:info:-',
    ]);
  });

  it('is not calmed by a namesake with another key, nor by a twin that is not valid yet', () => {
    const namesake = authority('Partner CA', { fingerprint: fp('namesake'), spkiSha256: fp('another key') });
    const staged = authority('Partner CA', {
      fingerprint: fp('staged'),
      spkiSha256: old.spkiSha256,
      notBefore: iso(later(95 * DAY)),
    });
    for (const other of [namesake, staged]) {
      const { kinds } = judge(truststore, bundleContent([old, other]), [old, other], {
        now: later(80 * DAY),
      });
      expect(kinds).toContain('expiring:critical:critical');
    }
  });

  it('reports a private key and unreadable blocks', () => {
    const root = authority('Root');
    const content = bundleContent([root], {
      blocks: 3,
      privateKeyLines: [12],
      unreadable: [{ firstLine: 20, lastLine: 31, reason: 'bad base64' }],
    });
    const { kinds, messages } = judge(truststore, content, [root]);
    expect(kinds).toEqual(['private-key-in-bundle:critical:critical', 'unreadable-block:warning:warning']);
    expect(messages[1]).toBe('1 of 3 blocks unreadable (lines 20–31: bad base64)');
  });
});

describe('a file', () => {
  const file = bundleTarget('file');

  it('with a leaf is judged as a chain: its CAs count only where they end first', () => {
    const leaf = certificate('api.test');
    const long = authority('Test CA', { role: 'intermediate', notAfter: iso(later(200 * DAY)) });
    const short = authority('Test CA', { role: 'intermediate', notAfter: iso(later(6 * DAY)) });
    const content = (issuer: Certificate) => bundleContent([leaf, issuer], { kind: 'file' });
    expect(judge(file, content(long), [leaf, long]).kinds).toEqual([]);
    expect(judge(file, content(short), [leaf, short]).kinds).toEqual(['expiring:critical:critical']);
  });

  it('of CAs only is a CA bundle', () => {
    const ca = authority('Root', { notAfter: iso(later(300 * DAY)) });
    expect(judge(file, bundleContent([ca], { kind: 'file' }), [ca]).kinds).toEqual(['expiring:info:notice']);
  });

  it('may hold the key of its leaf, with a warning', () => {
    const leaf = certificate('api.test');
    const content = bundleContent([leaf], { kind: 'file', privateKeyLines: [1] });
    expect(judge(file, content, [leaf]).kinds).toEqual(['private-key-in-bundle:warning:warning']);
  });
});

describe('what cannot be seen', () => {
  const failure = { reason: 'connect_refused' } as const;

  it('is a finding after the configured number of failures in a row', () => {
    const leaf = certificate('api.test');
    const content = endpointContent(servedChain([leaf]));
    const kinds = (failures: number) =>
      judge(endpoint, content, [leaf], { failure, failures, unreachableAfter: 3 }).kinds;
    expect(kinds(2)).toEqual([]);
    expect(kinds(3)).toEqual(['could-not-observe:warning:warning']);
  });

  it('keeps its known expiry', () => {
    const leaf = certificate('api.test');
    const { kinds } = judge(endpoint, endpointContent(servedChain([leaf])), [leaf], {
      failure,
      failures: 5,
      now: later(85 * DAY),
    });
    expect(kinds).toEqual(['expiring:critical:critical', 'could-not-observe:warning:warning']);
  });

  it('names the addresses that failed while others answered', () => {
    const leaf = certificate('api.test');
    const content = {
      ...endpointContent(servedChain([leaf])),
      failures: [{ ...failure, addressCount: 1, addresses: ['192.0.2.9'] }],
    };
    expect(judge(endpoint, content, [leaf], { failures: 1 }).messages).toEqual([
      '1 of 2 addresses could not be observed (192.0.2.9: the connection was refused)',
    ]);
  });

  it('is said of a family that the resolver gave no answer for', () => {
    const leaf = certificate('api.test');
    const unresolved = [{ family: 6 as const, failure: { reason: 'dns_timeout' as const } }];
    const content = { ...endpointContent(servedChain([leaf])), unresolved };
    expect(judge(endpoint, content, [leaf], { failures: 1 }).messages).toEqual([
      'some of its addresses could not be resolved (IPv6: the resolver did not answer in time)',
    ]);
  });

  it('does not blame the target for a family that this host lacks', () => {
    const leaf = certificate('api.test');
    const unavailable = {
      reason: 'family_unavailable' as const,
      addressCount: 1,
      addresses: ['2001:db8::1'],
    };
    const content = { ...endpointContent(servedChain([leaf])), failures: [unavailable] };
    expect(judge(endpoint, content, [leaf], { failures: 0 }).kinds).toEqual([]);
  });
});

describe('validity', () => {
  it('that has not begun is critical at an endpoint and information in a truststore', () => {
    const leaf = certificate('api.test', { notBefore: iso(later(2 * DAY)) });
    const ca = authority('Next CA', { notBefore: iso(later(2 * DAY)) });
    expect(judge(endpoint, endpointContent(servedChain([leaf])), [leaf]).kinds).toEqual([
      'not-yet-valid:critical:critical',
    ]);
    expect(judge(truststore, bundleContent([ca]), [ca]).kinds).toEqual(['not-yet-valid:info:-']);
  });

  it('that cannot be read is said, because nothing else can be', () => {
    const leaf = certificate('api.test', { notAfter: null, unreadable: { notAfter: 'month 16' } });
    const { kinds, messages } = judge(endpoint, endpointContent(servedChain([leaf])), [leaf]);
    expect(kinds).toEqual(['unreadable-field:warning:warning']);
    expect(messages[0]).toContain('month 16');
  });
});

describe('an issuer that is not valid yet', () => {
  it('is critical although it outlives the leaf', () => {
    const leaf = certificate('api.test');
    const issuer = authority('Next CA', { role: 'intermediate', notBefore: iso(later(3 * DAY)) });
    const { kinds, messages } = judge(endpoint, endpointContent(servedChain([leaf, issuer])), [leaf, issuer]);
    expect(kinds).toEqual(['not-yet-valid:critical:critical']);
    expect(messages[0]).toContain('Next CA becomes valid only in 3 d');
  });
});

describe('evaluation', () => {
  const days = fc.integer({ min: -400, max: 4000 });
  const members = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      ends: days,
      lives: fc.integer({ min: 1, max: 4000 }),
      ca: fc.boolean(),
    }),
    { selector: ({ name, ends, ca }) => `${name}${ends}${ca}`, maxLength: 8 },
  );
  const minted = (all: readonly { name: string; ends: number; lives: number; ca: boolean }[]) =>
    all.map(({ name, ends, lives, ca }) =>
      (ca ? authority : certificate)(name, {
        fingerprint: fp(`${name}${ends}${ca}`),
        notBefore: iso(later((ends - lives) * DAY)),
        notAfter: iso(later(ends * DAY)),
      }),
    );

  it('is deterministic and does not depend on the order of certificates in a bundle', () => {
    fc.assert(
      fc.property(members, fc.constantFrom('truststore' as const, 'file' as const), (all, kind) => {
        const certificates = minted(all);
        const shuffled = certificates.toReversed();
        const findings = (list: Certificate[]) =>
          evaluate(subject(bundleTarget(kind), bundleContent(list, { kind }), list))
            .map((finding) => JSON.stringify(finding))
            .sort();
        expect(findings(shuffled)).toEqual(findings(certificates));
        expect(findings(certificates)).toEqual(findings(certificates));
      }),
    );
  });

  it('never lowers the expiry severity of a served certificate as time passes', () => {
    fc.assert(
      fc.property(
        days,
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 0, max: 400 }),
        (ends, lives, passed) => {
          const leaf = certificate('api.test', {
            notBefore: iso(later((ends - lives) * DAY)),
            notAfter: iso(later(ends * DAY)),
          });
          const rank = (now: Date) => {
            const findings = evaluate(
              subject(endpoint, endpointContent(servedChain([leaf])), [leaf], { now }),
            );
            return Math.max(
              -1,
              ...findings.filter(({ story }) => story === 'expiring').map(({ rung }) => rungRank(rung)),
            );
          };
          expect(rank(later(passed * DAY))).toBeGreaterThanOrEqual(rank(T0));
        },
      ),
    );
  });
});
