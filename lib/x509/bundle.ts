import type { X509Certificate } from 'node:crypto';
import type { Certificate } from '../core/certificate.ts';
import type { BundleObservation, UnreadableBlock } from '../core/observation.ts';
import { parseDer, readCertificate } from './certificate.ts';
import { readElement } from './der.ts';
import { scanPem } from './pem.ts';
import type { PemBlock } from './pem-block.ts';
import { isCertificateLabel, isPrivateKeyLabel } from './pem-block.ts';
import { decodeText } from './text-lines.ts';

/** What a file of certificates holds. */
export interface BundleReading
  extends Pick<
    BundleObservation,
    'certificates' | 'blocks' | 'unreadable' | 'duplicates' | 'privateKeyLines'
  > {
  /** The parsed form of `certificates`, in the same order. */
  readonly x509: readonly X509Certificate[];
}

/** How many unreadable blocks and private keys are told one by one; a file of nothing but boundaries has thousands. */
const DETAIL_LIMIT = 100;

/**
 * Reads every certificate of a PEM file, or the one of a DER file. Never throws: a block that cannot be used has its
 * lines and a reason in `unreadable` and hides no other. So has a block that could be read here although OpenSSL
 * skips or refuses it: its certificate counts, and the warning stands.
 */
export function readBundle(bytes: Uint8Array): BundleReading {
  return isDer(bytes) ? summarize([readDer(bytes)], []) : readPem(bytes);
}

/** One certificate block, read or not. */
interface ReadBlock extends Pick<PemBlock, 'firstLine' | 'lastLine' | 'problem'> {
  readonly x509: X509Certificate | null;
}

/** A SEQUENCE of more than 127 octets: no text begins like that, and no certificate is shorter. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
}

function readDer(bytes: Uint8Array): ReadBlock {
  return readBlock({
    label: 'CERTIFICATE',
    firstLine: 1,
    lastLine: 1,
    der: Buffer.from(bytes),
    problem: null,
  });
}

function readPem(bytes: Uint8Array): BundleReading {
  const { text, utf16 } = decodeText(bytes);
  const read: ReadBlock[] = [];
  const privateKeyLines: number[] = [];
  for (const block of scanPem(text)) {
    if (isPrivateKeyLabel(block.label)) privateKeyLines.push(block.firstLine);
    else if (isPkcs7Label(block.label)) read.push({ ...block, x509: null, problem: PKCS7 });
    else if (isCertificateLabel(block.label)) {
      const problem = block.problem ?? (utf16 ? 'the file is encoded as UTF-16' : null);
      read.push(readBlock({ ...block, problem }));
    }
  }
  return summarize(read, privateKeyLines);
}

const PKCS7 = 'PKCS #7 is not supported; `openssl pkcs7 -print_certs` converts it';
const OID_PKCS7 = Buffer.from('06092a864886f70d0107', 'hex');

function isPkcs7Label(label: string): boolean {
  return label === 'PKCS7' || label === 'PKCS #7 SIGNED DATA' || label === 'CMS';
}

function readBlock({ label, firstLine, lastLine, der, problem }: PemBlock): ReadBlock {
  const lines = { firstLine, lastLine };
  if (der === null) return { ...lines, x509: null, problem };
  // The identifier of the content type comes first in a ContentInfo (RFC 5652 §3).
  if (der.subarray(0, 32).includes(OID_PKCS7)) return { ...lines, x509: null, problem: PKCS7 };
  try {
    const { end } = readElement(der);
    const x509 = parseDer(der.subarray(0, end));
    // OpenSSL's TRUSTED form carries its trust settings behind the certificate.
    const surplus = label === 'TRUSTED CERTIFICATE' ? 0 : der.length - end;
    const found = problem ?? (surplus > 0 ? `the certificate is followed by other bytes (${surplus})` : null);
    return { ...lines, x509, problem: found === null ? null : `${found} (read here all the same)` };
  } catch (error) {
    const { message } = error as Error;
    return { ...lines, x509: null, problem: problem === null ? message : `${problem}; ${message}` };
  }
}

function summarize(read: readonly ReadBlock[], privateKeyLines: readonly number[]): BundleReading {
  const certificates = new Map<string, Certificate>();
  const x509: X509Certificate[] = [];
  const repeated = new Set<string>();
  for (const block of read) {
    if (block.x509 === null) continue;
    const certificate = readCertificate(block.x509);
    if (certificates.has(certificate.fingerprint)) repeated.add(certificate.fingerprint);
    else {
      certificates.set(certificate.fingerprint, certificate);
      x509.push(block.x509);
    }
  }
  return {
    certificates: [...certificates.values()],
    x509,
    blocks: read.length,
    unreadable: limited(
      read.flatMap(({ firstLine, lastLine, problem }) =>
        problem === null ? [] : [{ firstLine, lastLine, reason: problem }],
      ),
    ),
    duplicates: repeated.size,
    privateKeyLines: privateKeyLines.slice(0, DETAIL_LIMIT),
  };
}

/** The first ones in detail, and one entry for all the others. */
function limited(unreadable: readonly UnreadableBlock[]): UnreadableBlock[] {
  const [first, ...others] = unreadable.slice(DETAIL_LIMIT);
  const last = others.at(-1);
  if (first === undefined || last === undefined) return [...unreadable];
  const reason = `${others.length + 1} further blocks with problems like these`;
  return [
    ...unreadable.slice(0, DETAIL_LIMIT),
    { firstLine: first.firstLine, lastLine: last.lastLine, reason },
  ];
}
