import type { X509Certificate } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';

// A signature check is most of what judging a chain costs, and an intermediate is issued by the same root every time.
const CACHE_ENTRIES = 8192;
const cache = new BoundedMap<string, boolean>(CACHE_ENTRIES);

/** Whether `issuer` is a CA by whose name and key `subject` was issued (RFC 5280 §6.1.3 a 1, a 4). Never throws. */
export function isIssuedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  const pair = fingerprintOf(subject) + fingerprintOf(issuer);
  let issued = cache.get(pair);
  if (issued === undefined) {
    issued = check(subject, issuer);
    cache.set(pair, issued);
  }
  return issued;
}

function check(subject: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return (
      readCertificate(issuer).role !== 'leaf' &&
      subject.checkIssued(issuer) &&
      subject.verify(issuer.publicKey)
    );
  } catch {
    return false; // the issuer's key cannot be decoded, so nobody can verify with it
  }
}
