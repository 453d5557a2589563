/** The second opinion: what OpenSSL, through node:crypto, makes of the same certificate. */
import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../../lib/core/certificate.ts';

export function openssl(bytes: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(bytes);
  } catch {
    return null;
  }
}

/** What OpenSSL sees in the certificate and NotAfter does not, or sees otherwise, without giving a reason. */
export function lostInSilence(x509: X509Certificate, read: Certificate): string | null {
  return lostField(x509, read) ?? lostName(x509, read) ?? lostDate(x509, read);
}

function lostField(x509: X509Certificate, read: Certificate): string | null {
  const { unreadable = {} } = read;
  if (x509.fingerprint256.replaceAll(':', '').toLowerCase() !== read.fingerprint)
    return 'the fingerprint differs';
  const serialNumber = x509.serialNumber.toLowerCase();
  if (read.serialNumber !== (serialNumber === '0' ? '00' : serialNumber)) return 'the serial number differs';
  if (x509.ca && read.role === 'leaf') return 'a CA is taken for a leaf';
  if (read.keyAlgorithm === 'unknown' && unreadable.publicKey === undefined) return 'the key is lost';
  const fields = ['notBefore', 'notAfter', 'subjectAltNames'] as const;
  const one = fields.find((field) => (read[field] === null) !== (unreadable[field] !== undefined));
  return one === undefined ? null : `${one} has no reason, or one too many`;
}

function lostName(x509: X509Certificate, { subject, issuer, subjectAltNames }: Certificate): string | null {
  if (x509.subject && subject === '') return 'the subject is lost';
  if (x509.issuer && issuer === '') return 'the issuer is lost';
  // One that OpenSSL cannot read as a whole is valid for nothing there; here it may be read all the same.
  if (!x509.subjectAltName) return null;
  if (subjectAltNames?.length === 0) return 'the alternative names are lost';
  const plain = subjectAltNames?.find(({ type, value }) => type === 'dns' && /^[a-z]+\.[a-z]+$/.test(value));
  return plain && x509.checkHost(plain.value) === undefined ? `it is not valid for ${plain.value}` : null;
}

function lostDate(x509: X509Certificate, { notBefore, notAfter }: Certificate): string | null {
  return (
    otherDate(x509.validFrom, x509.validFromDate, notBefore) ??
    otherDate(x509.validTo, x509.validToDate, notAfter)
  );
}

function otherDate(text: string, theirs: Date, ours: string | null): string | null {
  // What node:crypto makes of a date that OpenSSL cannot read is whatever stood in memory.
  if (ours === null || text === 'Bad time value' || Number.isNaN(theirs.getTime())) return null;
  const differs = Date.parse(ours) !== theirs.getTime();
  return differs ? `${ours}, where OpenSSL reads ${theirs.toISOString()}` : null;
}
