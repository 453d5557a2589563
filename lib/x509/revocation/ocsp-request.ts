import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import { identify } from './certificate-identity.ts';
import { encodeElement } from './encode.ts';

// AlgorithmIdentifier of SHA-1 with NULL: the one digest that every responder knows (RFC 5019 §2.1.1). It hides nothing
// and protects nothing here, it only names.
const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex');

/**
 * The body of a POST that asks an OCSP responder about one certificate (RFC 6960 §4.1), unsigned and without a nonce, so
 * that it may answer with what it has signed before. Throws an Error where the issuer's key cannot be found.
 */
export function ocspRequest(certificate: X509Certificate, issuer: X509Certificate): Buffer {
  const { issuerName, issuerKey, serialNumber } = identify(certificate, issuer);
  const certId = encodeElement(
    0x30,
    SHA1,
    encodeElement(0x04, hash('sha1', issuerName, 'buffer')),
    encodeElement(0x04, hash('sha1', issuerKey, 'buffer')),
    encodeElement(0x02, serialNumber),
  );
  const requestList = encodeElement(0x30, encodeElement(0x30, certId));
  return encodeElement(0x30, encodeElement(0x30, requestList));
}
