import { hash, X509Certificate } from 'node:crypto';
import type { Certificate, Role, SubjectAltName, UnreadableField } from '../core/certificate.ts';
import { BoundedMap } from './bounded-map.ts';
import type { CertificateFields } from './certificate-fields.ts';
import { extensionValues, locateFields } from './certificate-fields.ts';
import type { Element } from './der.ts';
import { DerError, encoding, expectElement, TAG } from './der.ts';
import { formatName } from './distinguished-name.ts';
import { readInstant } from './instant.ts';
import { readPointers } from './pointers.ts';
import { readPublicKey } from './public-key.ts';
import { readSubjectAltNames } from './subject-alt-names.ts';

const OID_SUBJECT_ALT_NAME = Uint8Array.of(0x55, 0x1d, 0x11);

// A monitor meets the same intermediates thousands of times. Oversized certificates (thousands of names) are rare and
// stay out, so that the cache is bounded in bytes too: about 5 MB.
const CACHE_ENTRIES = 2048;
const CACHEABLE_BYTES = 8192;
const cache = new BoundedMap<string, Certificate>(CACHE_ENTRIES);

// The same object is asked for its fingerprint by the reader and by the path builder.
const fingerprints = new WeakMap<X509Certificate, string>();

// A core Certificate is text and no more; the inventory keeps the encoding too, once per fingerprint.
const encodings = new WeakMap<Certificate, Buffer>();

/** The DER that a certificate was read from here; undefined for one that came from elsewhere. */
export function derOf(certificate: Certificate): Buffer | undefined {
  return encodings.get(certificate);
}

/** SHA-256 of the DER, lower-case hex. */
export function fingerprintOf(x509: X509Certificate): string {
  let fingerprint = fingerprints.get(x509);
  if (fingerprint === undefined) {
    fingerprint = hash('sha256', x509.raw, 'hex');
    fingerprints.set(x509, fingerprint);
  }
  return fingerprint;
}

/**
 * Decodes one certificate that is DER and nothing else: bytes after its end are an error here, though node:crypto
 * accepts them in silence. Throws an Error that says what is wrong.
 */
export function parseDer(der: Buffer): X509Certificate {
  const { end } = expectElement(der, TAG.sequence, 'certificate');
  if (end < der.length) throw new DerError(`${der.length - end} bytes follow the end of the certificate`);
  try {
    // The constructor looks for PEM anywhere in the bytes before it tries DER: a certificate that carries the text of
    // another one would be read as that other one. In armor of our own there is no doubt which is meant.
    return new X509Certificate(der.includes('-----BEGIN ') ? armor(der) : der);
  } catch (error) {
    throw new Error('OpenSSL cannot decode it as a certificate', { cause: error });
  }
}

function armor(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** What the certificate says. Never throws: what cannot be read is null and has its reason in `unreadable`. */
export function readCertificate(x509: X509Certificate): Certificate {
  const fingerprint = fingerprintOf(x509);
  const known = cache.get(fingerprint);
  if (known !== undefined) return known;
  const certificate = read(x509, fingerprint);
  encodings.set(certificate, x509.raw);
  if (x509.raw.length <= CACHEABLE_BYTES) cache.set(fingerprint, certificate);
  return certificate;
}

function read(x509: X509Certificate, fingerprint: string): Certificate {
  const der = x509.raw;
  const unreadable: Partial<Record<UnreadableField, string>> = {};
  const attempt = <Value>(field: UnreadableField, decode: () => Value): Value | null => {
    try {
      return decode();
    } catch (error) {
      unreadable[field] = (error as Error).message;
      return null;
    }
  };

  const fields = attempt('publicKey', () => locateFields(der));
  const selfSigned = isSelfSigned(x509, fields);
  const key = readPublicKey(x509);
  if ('unreadable' in key) unreadable.publicKey = key.unreadable;

  const role = roleOf(x509, fields, selfSigned);
  return {
    fingerprint,
    serialNumber: formatSerialNumber(x509.serialNumber),
    subject: nameOf(der, fields?.subject, () => x509.subject),
    issuer: nameOf(der, fields?.issuer, () => x509.issuer),
    subjectAltNames: attempt('subjectAltNames', () => subjectAltNames(der, fields)),
    notBefore: attempt('notBefore', () => instant(der, fields?.notBefore)),
    notAfter: attempt('notAfter', () => instant(der, fields?.notAfter)),
    ...('unreadable' in key ? { keyAlgorithm: 'unknown', keySize: null } : key),
    signatureAlgorithm: x509.signatureAlgorithm ?? fields?.signatureOid ?? 'unknown',
    spkiSha256: fields && hash('sha256', encoding(der, fields.publicKeyInfo), 'hex'),
    role,
    selfSigned,
    ...(role === 'leaf' ? pointed(der) : {}),
    ...(Object.keys(unreadable).length > 0 ? { unreadable } : {}),
  };
}

/** The subject as `readCertificate` gives it, without the signature check that the role costs. Never throws. */
export function subjectOf(x509: X509Certificate): string {
  const lines = () => x509.subject;
  try {
    return nameOf(x509.raw, locateFields(x509.raw).subject, lines);
  } catch (error) {
    if (error instanceof DerError) return nameOf(x509.raw, undefined, lines);
    throw error;
  }
}

/** What a leaf says about how it was logged and how it is to be served. An extension that cannot be read says nothing. */
function pointed(der: Uint8Array): Pick<Certificate, 'mustStaple' | 'scts'> {
  const { mustStaple, scts } = readPointers(der);
  return { ...(mustStaple ? { mustStaple } : {}), ...(scts === null ? {} : { scts: scts.count }) };
}

/** Node's own rendering (one RDN per line, in the order of the encoding) is lossy, but better than no name at all. */
function nameOf(der: Uint8Array, name: Element | undefined, lines: () => string | undefined): string {
  try {
    if (name) return formatName(der, name);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return lines()?.split('\n').reverse().join(',') ?? '';
}

/** OpenSSL prints the octets of the number, so a zero is two digits where a plain number would have one. */
function formatSerialNumber(hex: string): string {
  return hex === '0' ? '00' : hex.toLowerCase();
}

function instant(der: Uint8Array, time: Element | undefined): string {
  if (time === undefined) throw new DerError('the date cannot be found');
  return readInstant(der, time);
}

function subjectAltNames(der: Uint8Array, fields: CertificateFields | null): SubjectAltName[] {
  if (fields === null) throw new DerError('the extensions cannot be found');
  const [value, second] = fields.extensions
    ? extensionValues(der, fields.extensions, OID_SUBJECT_ALT_NAME)
    : [];
  if (second !== undefined) throw new DerError('there is more than one such extension');
  return value === undefined ? [] : readSubjectAltNames(value);
}

/** Self-issued, and its own key verifies it (RFC 5280 §3.2). */
function isSelfSigned(x509: X509Certificate, fields: CertificateFields | null): boolean {
  // Only to save the costly check on every other certificate.
  if (fields && !isSelfIssued(x509.raw, fields)) return false;
  try {
    return x509.verify(x509.publicKey);
  } catch {
    return false; // the key cannot be decoded
  }
}

function isSelfIssued(der: Uint8Array, { subject, issuer }: CertificateFields): boolean {
  return Buffer.compare(encoding(der, subject), encoding(der, issuer)) === 0;
}

function roleOf(x509: X509Certificate, fields: CertificateFields | null, selfSigned: boolean): Role {
  // A v1 certificate cannot say that it is a CA; OpenSSL takes a self-signed one for a root, and so do truststores.
  const isCa = x509.ca || (fields?.version1 === true && selfSigned);
  if (!isCa) return 'leaf';
  return selfSigned ? 'root' : 'intermediate';
}
