import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../core/name-key.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';

/**
 * Where issuers come from that a peer did not send: what other peers sent, what a CA's address gave. Its content never
 * changes, because results are remembered for it: for more certificates, make another.
 */
export interface IssuerPool {
  /** The certificates whose subject has this `nameKey`. */
  bySubject(key: string): readonly X509Certificate[];
}

/** Each certificate once; leaves do no harm, they issue nothing. */
export function poolOf(certificates: Iterable<X509Certificate>): IssuerPool {
  const unique = new Map<string, X509Certificate>();
  for (const x509 of certificates) unique.set(fingerprintOf(x509), x509);
  const subjects = Map.groupBy(unique.values(), (x509) => nameKey(readCertificate(x509).subject));
  return { bySubject: (key) => subjects.get(key) ?? [] };
}
