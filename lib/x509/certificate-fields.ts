import type { Element } from './der.ts';
import { children, content, DerError, decodeOid, expectElement, readElement, TAG } from './der.ts';

/** Where the fields lie inside a certificate's DER (RFC 5280 §4.1): only those that node:crypto does not give whole. */
export interface CertificateFields {
  /** There is no version field: X.509 v1, which has no extensions and so cannot say whether it is a CA. */
  readonly version1: boolean;
  readonly issuer: Element;
  readonly subject: Element;
  readonly notBefore: Element;
  readonly notAfter: Element;
  readonly publicKeyInfo: Element;
  /** The AlgorithmIdentifier's OID in dotted form. */
  readonly signatureOid: string;
  /** The SEQUENCE of extensions, if there is one. */
  readonly extensions: Element | null;
}

const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/** Walks the outer structure of a certificate. Throws DerError. */
export function locateFields(der: Uint8Array): CertificateFields {
  const certificate = expectElement(der, TAG.sequence, 'certificate');
  const tbs = expectElement(
    der,
    TAG.sequence,
    'tbsCertificate',
    certificate.contentStart,
    certificate.contentEnd,
  );
  const parts = [...children(der, tbs)];
  const version1 = parts[0]?.tag !== VERSION;
  const [, signature, issuer, validity, subject, publicKeyInfo] = version1 ? parts : parts.slice(1);
  if (!signature || !issuer || !validity || !subject || !publicKeyInfo) {
    throw new DerError('tbsCertificate is incomplete');
  }
  const [notBefore, notAfter] = children(der, validity);
  if (!notBefore || !notAfter) throw new DerError('the validity does not have two dates');
  const algorithm = expectElement(der, TAG.oid, 'signature', signature.contentStart, signature.contentEnd);
  const wrapper = parts.find((part) => part.tag === EXTENSIONS);
  return {
    version1,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo,
    signatureOid: decodeOid(content(der, algorithm)),
    extensions: wrapper ? readElement(der, wrapper.contentStart, wrapper.contentEnd) : null,
  };
}

/**
 * The values of every extension with this OID (its content octets): none, one, or, against RFC 5280 §4.2, several.
 * Only the named extension is decoded, so a broken neighbour hides nothing. Throws DerError.
 */
export function extensionValues(der: Uint8Array, extensions: Element, oid: Uint8Array): Uint8Array[] {
  const values: Uint8Array[] = [];
  for (const extension of children(der, extensions)) {
    const parts = [...children(der, extension)];
    const [type] = parts;
    const value = parts.at(-1);
    if (type?.tag !== TAG.oid || value === undefined) throw new DerError('an extension is malformed');
    if (Buffer.compare(content(der, type), oid) !== 0) continue;
    if (value.tag !== TAG.octetString)
      throw new DerError('the value of the extension is not an OCTET STRING');
    values.push(content(der, value));
  }
  return values;
}
