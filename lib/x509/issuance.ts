import type { X509Certificate } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';
import { type Rights, readRights } from './rights.ts';

// A signature check is most of what judging a chain costs, and an intermediate is issued by the same root every time.
const CACHE_ENTRIES = 8192;
const cache = new BoundedMap<string, boolean>(CACHE_ENTRIES);

/**
 * Whether the issuer's key made the signature of `subject` (RFC 5280 §6.1.3 a 1). Remembered for the key: certificates for
 * one key, cross-signs and renewals, cost one check. Never throws.
 */
export function isSignedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  const { spkiSha256 } = readCertificate(issuer);
  if (spkiSha256 === null) return false;
  const pair = fingerprintOf(subject) + spkiSha256;
  let signed = cache.get(pair);
  if (signed === undefined) {
    signed = verify(subject, issuer);
    cache.set(pair, signed);
  }
  return signed;
}

function verify(subject: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    return false; // the issuer's key cannot be decoded, so nobody can verify with it
  }
}

/**
 * Whether `issuer` is the one that `subject` names: by name (RFC 5280 §6.1.3 a 4) and, as far as both give them, by key
 * identifier, serial number and the issuer's own issuer. RFC 5280 §4.2.1.1 means the latter for choosing; OpenSSL
 * takes no other issuer than the one they lead to. Never throws.
 */
export function isNamedAsIssuer(subject: Rights, issuer: Rights, issuerSerialNumber: string): boolean {
  try {
    if (!subject.issuer.equals(issuer.subject)) return false;
    const named = subject.authorityKey;
    if (named === null) return true;
    if (named.keyId !== null && issuer.subjectKeyId !== null && named.keyId !== issuer.subjectKeyId)
      return false;
    if (named.serialNumber !== null && named.serialNumber !== parseHex(issuerSerialNumber)) return false;
    return named.issuer?.equals(issuer.issuer) ?? true;
  } catch {
    return false; // a name that is none
  }
}

/** The inverse of how serial numbers are printed: hexadecimal, with a minus where they are negative. */
function parseHex(text: string): bigint {
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

/** Whether `issuer` is a CA by whose name and key `subject` was issued. Never throws. */
export function isIssuedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  const { role, serialNumber } = readCertificate(issuer);
  return (
    role !== 'leaf' &&
    isNamedAsIssuer(readRights(subject), readRights(issuer), serialNumber) &&
    isSignedBy(subject, issuer)
  );
}
