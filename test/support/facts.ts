/** Facts made by hand for tests of the pure core: no key, no socket, any date. */
import type { Certificate } from '../../lib/core/certificate.ts';
import type { BundleContent, Content, EndpointContent, ServedChain } from '../../lib/core/content.ts';
import type { Subject } from '../../lib/core/subject.ts';
import type { BundleTarget, EndpointTarget, Target } from '../../lib/core/target.ts';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** The instant that hand-made facts turn on. */
export const T0 = new Date('2026-11-20T12:00:00Z');

/** `T0` and some milliseconds. */
export function later(ms: number, from: Date = T0): Date {
  return new Date(from.getTime() + ms);
}

/** ISO 8601 to the second. */
export function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A fingerprint that is recognisable in a diff. */
export function fp(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

/** A leaf of 90 days that has just been issued, unless told otherwise. */
export function certificate(name: string, facts: Partial<Certificate> = {}): Certificate {
  return {
    fingerprint: fp(name),
    serialNumber: '01',
    subject: `CN=${name}`,
    issuer: 'CN=Test CA',
    subjectAltNames: [{ type: 'dns', value: name }],
    notBefore: iso(T0),
    notAfter: iso(later(90 * DAY)),
    keyAlgorithm: 'EC',
    keySize: 256,
    keyCurve: 'prime256v1',
    signatureAlgorithm: 'ecdsa-with-SHA256',
    spkiSha256: fp(`key of ${name}`),
    role: 'leaf',
    selfSigned: false,
    ...facts,
  };
}

/** A root that has had five years and has ten more. */
export function authority(name: string, facts: Partial<Certificate> = {}): Certificate {
  return certificate(name, {
    issuer: `CN=${name}`,
    subjectAltNames: [],
    notBefore: iso(later(-1825 * DAY)),
    notAfter: iso(later(3650 * DAY)),
    role: 'root',
    selfSigned: true,
    ...facts,
  });
}

export function endpointTarget(host = 'api.test', rest: Partial<EndpointTarget> = {}): EndpointTarget {
  const endpoint = { host, port: 443, serverName: host };
  return { id: `endpoint:${host}:443`, kind: 'endpoint', owner: null, tags: {}, endpoint, ...rest };
}

export function bundleTarget(kind: BundleTarget['kind'] = 'truststore'): BundleTarget {
  return { id: `${kind}:/etc/${kind}.pem`, kind, owner: null, tags: {}, path: `/etc/${kind}.pem` };
}

/** A chain that leads to a trust anchor, served by one address. */
export function servedChain(
  certificates: readonly Certificate[],
  facts: Partial<ServedChain> = {},
): ServedChain {
  return {
    certificates: certificates.map((each) => each.fingerprint),
    path: certificates.map((_, index) => index),
    anchor: { fingerprint: fp('anchor'), subject: 'CN=Anchor', notAfter: iso(later(7300 * DAY)) },
    verdict: null,
    nameMatches: true,
    clientCertificateRequired: false,
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    keyExchangeGroup: 'X25519',
    addressCount: 1,
    addresses: ['192.0.2.1'],
    ...facts,
  };
}

export function endpointContent(...chains: readonly ServedChain[]): EndpointContent {
  return { kind: 'endpoint', chains, failures: [] };
}

export function bundleContent(
  certificates: readonly Certificate[],
  facts: Partial<BundleContent> = {},
): BundleContent {
  return {
    kind: 'truststore',
    certificates: certificates.map((each) => each.fingerprint),
    blocks: certificates.length,
    duplicates: 0,
    unreadable: [],
    privateKeyLines: [],
    ...facts,
  };
}

/** Everything a check looks at, from the certificates that the content names. */
export function subject(
  target: Target,
  content: Content | null,
  certificates: readonly Certificate[],
  rest: Partial<Subject> = {},
): Subject {
  const byFingerprint = new Map(certificates.map((each) => [each.fingerprint, each]));
  return {
    target,
    content,
    certificate: (fingerprint) => byFingerprint.get(fingerprint),
    failures: 0,
    unreachableAfter: 1,
    now: T0,
    ...rest,
  };
}
