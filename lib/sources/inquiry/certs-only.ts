import type { X509Certificate } from 'node:crypto';
import { parseDer } from '../../x509/certificate.ts';
import { children, content, DerError, encoding, expectElement, readElement, TAG } from '../../x509/der.ts';

const SIGNED_DATA = Buffer.from('2a864886f70d010702', 'hex');
const EXPLICIT = 0xa0;

/**
 * The certificates of a "certs-only" CMS message (RFC 5652 §5.1, RFC 8551 §3.8), at most so many; null where it is no
 * such message. The signature, which nobody makes, is not looked at: each certificate proves itself. Throws an Error where
 * the message or a certificate cannot be decoded.
 */
export function readCertsOnly(bytes: Buffer, most: number): readonly X509Certificate[] | null {
  const info = expectElement(bytes, TAG.sequence, 'ContentInfo');
  const type = readElement(bytes, info.contentStart, info.contentEnd);
  if (type.tag !== TAG.oid || !SIGNED_DATA.equals(content(bytes, type))) return null;
  const wrapper = expectElement(bytes, EXPLICIT, 'content', type.end, info.contentEnd);
  const data = expectElement(bytes, TAG.sequence, 'SignedData', wrapper.contentStart, wrapper.contentEnd);
  // The only part with this tag: version, digestAlgorithms and encapContentInfo come before it.
  for (const part of children(bytes, data))
    if (part.tag === EXPLICIT) return certificatesIn(bytes, part, most);
  throw new DerError('a CMS message without certificates');
}

function certificatesIn(
  bytes: Buffer,
  set: ReturnType<typeof readElement>,
  most: number,
): readonly X509Certificate[] {
  const certificates: X509Certificate[] = [];
  for (const each of children(bytes, set)) {
    if (certificates.length === most) break;
    // Of another kind (RFC 5652 §10.2.2) all have a tag of their own.
    if (each.tag === TAG.sequence) certificates.push(parseDer(Buffer.from(encoding(bytes, each))));
  }
  return certificates;
}
