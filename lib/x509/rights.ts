import type { X509Certificate } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf } from './certificate.ts';
import { locateFields } from './certificate-fields.ts';
import { decodeOid, encoding } from './der.ts';
import { readExtensions } from './extensions.ts';
import { Name } from './name.ts';
import type { NameConstraints } from './name-constraints.ts';
import { readNameConstraints } from './name-constraints.ts';
import type { AuthorityKey } from './rights-extensions.ts';
import {
  readAuthorityKey,
  readBasicConstraints,
  readKeyId,
  readKeyUsage,
  readPurposes,
} from './rights-extensions.ts';

/** What a certificate may do and be used for: what a path is judged by beside names, dates and signatures. */
export interface Rights {
  readonly subject: Name;
  readonly issuer: Name;
  /** Subject and issuer are the same name, by whichever key (RFC 5280 §6.1). */
  readonly selfIssued: boolean;
  readonly version1: boolean;
  /** basicConstraints: null where there is no such extension. */
  readonly ca: boolean | null;
  /** How many CAs may stand below it, self-issued ones not counted; null where nothing limits it. */
  readonly pathLength: number | null;
  /** The first octet of keyUsage, see `KEY_USAGE`; null where there is no such extension. */
  readonly keyUsage: number | null;
  /** extKeyUsage, see `PURPOSE`; null where there is no such extension. */
  readonly purposes: ReadonlySet<string> | null;
  readonly nameConstraints: NameConstraints | null;
  /** Hexadecimal. */
  readonly subjectKeyId: string | null;
  readonly authorityKey: AuthorityKey | null;
  /** The value of subjectAltName as it stands. */
  readonly altNames: Uint8Array | null;
  /** Dotted OIDs of critical extensions that mean nothing here: nobody may use such a certificate (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[];
  /** An extension that cannot be read, and why: nobody can tell what the certificate may do. */
  readonly unreadable: { readonly extension: string; readonly reason: string } | null;
}

/** Content octets of extension types, in hexadecimal: id-ce (2.5.29) and one number. */
const TYPE = {
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  authorityKeyIdentifier: '551d23',
  extKeyUsage: '551d25',
} as const;

const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(TYPE).map(([name, type]) => [type, name]));

/**
 * Critical extensions that OpenSSL lets pass: what is above except the key identifiers, and certificatePolicies,
 * cRLDistributionPoints, policyMappings, policyConstraints, inhibitAnyPolicy, OCSP nocheck and the Netscape type. Policies
 * are understood only so far that no verifier here asks for one. Not those of RFC 3779 and RFC 3820: they limit what a
 * certificate may do, and nothing here looks at them.
 */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  TYPE.keyUsage,
  TYPE.subjectAltName,
  TYPE.basicConstraints,
  TYPE.nameConstraints,
  TYPE.extKeyUsage,
  '551d20',
  '551d1f',
  '551d21',
  '551d24',
  '551d36',
  '2b0601050507300105',
  '6086480186f8420101',
]);

/** Enough to name one; a hostile certificate has thousands. */
const UNKNOWN_LIMIT = 8;

// As many and as large as the cache of readings, for the same reasons.
const CACHE_ENTRIES = 2048;
const CACHEABLE_BYTES = 8192;
const cache = new BoundedMap<string, Rights>(CACHE_ENTRIES);

/** Never throws: what cannot be read is `unreadable`. */
export function readRights(x509: X509Certificate): Rights {
  const fingerprint = fingerprintOf(x509);
  const known = cache.get(fingerprint);
  if (known !== undefined) return known;
  const rights = read(x509.raw);
  if (x509.raw.length <= CACHEABLE_BYTES) cache.set(fingerprint, rights);
  return rights;
}

const NOTHING_KNOWN: Rights = {
  subject: new Name(new Uint8Array()),
  issuer: new Name(new Uint8Array()),
  selfIssued: false,
  version1: false,
  ca: null,
  pathLength: null,
  keyUsage: null,
  purposes: null,
  nameConstraints: null,
  subjectKeyId: null,
  authorityKey: null,
  altNames: null,
  unknownCritical: [],
  unreadable: null,
};

function read(der: Uint8Array): Rights {
  let found: Rights = NOTHING_KNOWN;
  let current = 'certificate';
  try {
    const fields = locateFields(der);
    const subject = new Name(encoding(der, fields.subject));
    const issuer = new Name(encoding(der, fields.issuer));
    found = { ...found, subject, issuer, version1: fields.version1, selfIssued: subject.equals(issuer) };
    if (fields.extensions === null) return found;
    const unknownCritical: string[] = [];
    const values = new Map<string, Uint8Array>();
    current = 'extensions';
    for (const { type, oid, critical, value } of readExtensions(der, fields.extensions)) {
      const name = NAMES.get(type);
      if (name !== undefined) {
        // RFC 5280 §4.2: no extension twice. Which one counts would be anybody's guess.
        if (values.has(name)) return { ...found, unreadable: { extension: name, reason: 'there are two' } };
        values.set(name, value);
      }
      if (critical && !UNDERSTOOD.has(type) && unknownCritical.length < UNKNOWN_LIMIT) {
        unknownCritical.push(decodeOid(oid));
      }
    }
    found = { ...found, unknownCritical, altNames: values.get('subjectAltName') ?? null };
    const take = <Value>(name: keyof typeof TYPE, decode: (value: Uint8Array) => Value): Value | null => {
      current = name;
      const value = values.get(name);
      return value === undefined ? null : decode(value);
    };
    const basic = take('basicConstraints', readBasicConstraints);
    return {
      ...found,
      ca: basic?.ca ?? null,
      pathLength: basic?.pathLength ?? null,
      keyUsage: take('keyUsage', readKeyUsage),
      purposes: take('extKeyUsage', readPurposes),
      nameConstraints: take('nameConstraints', readNameConstraints),
      subjectKeyId: take('subjectKeyIdentifier', readKeyId),
      authorityKey: take('authorityKeyIdentifier', readAuthorityKey),
    };
  } catch (error) {
    return { ...found, unreadable: { extension: current, reason: (error as Error).message } };
  }
}
