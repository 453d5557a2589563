import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import { readCertificate } from '../certificate.ts';
import { locateFields } from '../certificate-fields.ts';
import { children, DerError, encoding } from '../der.ts';
import { bitStringOctets } from './elements.ts';
import { serialOctets } from './encode.ts';

/** What OCSP knows a certificate by, before hashing (RFC 6960 §4.1.1). */
export interface CertificateIdentity {
  /** The issuer's name as the certificate has it, in DER. */
  readonly issuerName: Uint8Array;
  /** The octets of the issuer's key, without the algorithm. */
  readonly issuerKey: Uint8Array;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
}

/** Throws DerError. */
export function identify(certificate: X509Certificate, issuer: X509Certificate): CertificateIdentity {
  const der = certificate.raw;
  return {
    issuerName: encoding(der, locateFields(der).issuer),
    issuerKey: keyOctets(issuer),
    serialNumber: serialOctets(readCertificate(certificate).serialNumber),
  };
}

/** The content of the BIT STRING in the certificate's SubjectPublicKeyInfo. Throws DerError. */
function keyOctets(x509: X509Certificate): Uint8Array {
  const der = x509.raw;
  const [, bits] = children(der, locateFields(der).publicKeyInfo);
  if (bits === undefined) throw new DerError('the public key has no bits');
  return bitStringOctets(der, bits, 'the public key');
}

/** SHA-1 of the key, by which a responder can be named (RFC 6960 §4.2.1). Throws DerError. */
export function keyHashOf(x509: X509Certificate): Buffer {
  return hash('sha1', keyOctets(x509), 'buffer');
}
