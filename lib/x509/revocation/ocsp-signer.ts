import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../../core/name-key.ts';
import { fingerprintOf, parseDer, readCertificate } from '../certificate.ts';
import { locateFields } from '../certificate-fields.ts';
import { children, content, TAG } from '../der.ts';
import { isIssuedBy } from '../issuance.ts';
import { extensionValue } from '../pointers.ts';
import { keyHashOf } from './certificate-identity.ts';
import { wholeValue } from './elements.ts';
import type { BasicOcspResponse, ResponderId } from './ocsp.ts';
import { objectionToSignature, readSignedParts } from './signature.ts';
import type { Objection } from './verify-crl.ts';

/** Who signed a response, or why that is nobody who may. */
export type OcspSigner =
  | {
      readonly by: 'issuer' | 'delegate';
      /** The delegate's certificate says that it need not be looked up itself (RFC 6960 §4.2.2.2.1). */
      readonly noCheck: boolean;
    }
  | Objection;

/**
 * Finds out who signed: the CA itself, or somebody to whom it gave a certificate for that (RFC 6960 §4.2.2.2). Whether a
 * delegate's certificate was revoked is not asked. Never throws.
 */
export function signerOf(response: BasicOcspResponse, issuer: X509Certificate, now: Date): OcspSigner {
  let objection: Objection = { because: 'responder_not_trusted' };
  if (isNamedBy(response.responder, issuer)) {
    const because = objectionToSigner(response, issuer);
    if (because === null) return { by: 'issuer', noCheck: false };
    objection = { because };
  }
  for (const der of response.certificates) {
    const delegate = certificateFrom(der);
    if (delegate === null || fingerprintOf(delegate) === fingerprintOf(issuer)) continue;
    if (!isNamedBy(response.responder, delegate)) continue;
    const distrust = objectionToDelegate(delegate, issuer, now);
    if (distrust !== null) {
      objection = distrust;
      continue;
    }
    const because = objectionToSigner(response, delegate);
    if (because === null) return { by: 'delegate', noCheck: hasExtension(delegate, OCSP_NO_CHECK) };
    objection = { because };
  }
  return objection;
}

function objectionToSigner({ signed }: BasicOcspResponse, signer: X509Certificate) {
  try {
    return objectionToSignature(signed, signer.publicKey);
  } catch {
    return 'signature_invalid'; // the key cannot be decoded
  }
}

function certificateFrom(der: Uint8Array): X509Certificate | null {
  try {
    return parseDer(Buffer.from(der));
  } catch {
    return null;
  }
}

function isNamedBy(id: ResponderId, x509: X509Certificate): boolean {
  try {
    if ('name' in id) return nameKey(id.name) === nameKey(readCertificate(x509).subject);
    return keyHashOf(x509).equals(id.keyHash);
  } catch {
    return false; // its key cannot be found
  }
}

function objectionToDelegate(
  delegate: X509Certificate,
  issuer: X509Certificate,
  now: Date,
): Objection | null {
  const distrusted = (detail: string): Objection => ({ because: 'responder_not_trusted', detail });
  // Whether it is one at all comes first: only then is its signature worth a check.
  if (!isForOcsp(delegate))
    return distrusted("the responder's certificate is not for signing OCSP responses");
  if (!isIssuedBy(delegate, issuer)) return distrusted("the CA did not issue the responder's certificate");
  if (!isSignedReliably(delegate, issuer)) {
    return { because: 'algorithm_unsupported', detail: "the responder's certificate" };
  }
  const { notBefore, notAfter } = readCertificate(delegate);
  const second = Math.floor(now.getTime() / 1000) * 1000;
  const isCurrent =
    notBefore !== null &&
    notAfter !== null &&
    Date.parse(notBefore) <= second &&
    second <= Date.parse(notAfter);
  return isCurrent ? null : distrusted("the responder's certificate is not valid now");
}

/** Whether the signature of a certificate is one that still says something: OpenSSL verifies SHA-1, too. */
function isSignedReliably(x509: X509Certificate, issuer: X509Certificate): boolean {
  try {
    const { signed } = readSignedParts(x509.raw, 'certificate');
    return objectionToSignature(signed, issuer.publicKey) === null;
  } catch {
    return false;
  }
}

const EXTENDED_KEY_USAGE = Uint8Array.of(0x55, 0x1d, 0x25);
const OCSP_SIGNING = Buffer.from('2b06010505070309', 'hex');
const OCSP_NO_CHECK = Buffer.from('2b0601050507300105', 'hex');

/** Its extended key usage names OCSPSigning; a certificate for any purpose is not meant (RFC 6960 §4.2.2.2). */
function isForOcsp(x509: X509Certificate): boolean {
  try {
    const der = x509.raw;
    const value = extensionValue(der, locateFields(der).extensions, EXTENDED_KEY_USAGE);
    if (value === null) return false;
    for (const purpose of children(value, wholeValue(value, TAG.sequence, 'extKeyUsage'))) {
      if (purpose.tag === TAG.oid && OCSP_SIGNING.equals(content(value, purpose))) return true;
    }
    return false;
  } catch {
    return false;
  }
}

function hasExtension(x509: X509Certificate, oid: Uint8Array): boolean {
  try {
    const der = x509.raw;
    return extensionValue(der, locateFields(der).extensions, oid) !== null;
  } catch {
    return false;
  }
}
