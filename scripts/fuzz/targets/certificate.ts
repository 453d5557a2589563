import type { X509Certificate } from 'node:crypto';
import { readBundle } from '../../../lib/x509/bundle.ts';
import { parseDer, readCertificate } from '../../../lib/x509/certificate.ts';
import { scanPem } from '../../../lib/x509/pem.ts';
import { isCertificateLabel } from '../../../lib/x509/pem-block.ts';
import { readPublicKey } from '../../../lib/x509/public-key.ts';
import { decodeText, linesOf } from '../../../lib/x509/text-lines.ts';
import { bitString, encode, leaf, raw, sequence } from '../der-tree.ts';
import { certificate } from '../grammar/certificate.ts';
import { ed25519, publicKeyInfo } from '../grammar/key.ts';
import { pem } from '../grammar/pem.ts';
import { define, type Target } from '../target.ts';
import { lostInSilence, openssl } from './openssl.ts';

const X509 = [
  'certificate',
  'certificate-fields',
  'public-key',
  'subject-alt-names',
  'distinguished-name',
  'instant',
];

/** Null where it is refused, for which there has to be a reason. */
function parsed(bytes: Buffer): X509Certificate | null {
  try {
    return parseDer(bytes);
  } catch (error) {
    if (error instanceof Error && error.message !== '') return null;
    throw error;
  }
}

export const CERTIFICATE_TARGETS: readonly Target[] = [
  define({
    name: 'certificate',
    files: X509.map((file) => `lib/x509/${file}.ts`),
    shape: 'der',
    generate: (random) => encode(certificate(random)),
    read: (bytes) => {
      const x509 = parsed(bytes);
      return x509 && readCertificate(x509);
    },
    objection: (bytes, read) => {
      const x509 = parsed(bytes);
      return x509 && read && lostInSilence(x509, read);
    },
  }),
  define({
    name: 'public-key',
    files: ['lib/x509/public-key.ts', 'lib/x509/certificate.ts'],
    shape: 'der',
    generate: (random) => encode(publicKeyInfo(random)),
    read: (bytes) => {
      const x509 = openssl(certificateFor(bytes));
      return x509 && { key: readPublicKey(x509), certificate: readCertificate(x509) };
    },
  }),
  define({
    name: 'bundle',
    files: ['bundle', 'pem', 'pem-block', 'text-lines'].map((file) => `lib/x509/${file}.ts`),
    shape: 'lines',
    generate: pem,
    read: (bytes) => {
      const { x509, ...reading } = readBundle(bytes);
      return { ...reading, x509: x509.map(({ fingerprint256 }) => fingerprint256) };
    },
    objection: (bytes, { certificates, x509, blocks, unreadable, duplicates }) => {
      if (certificates.length !== x509.length) return 'not every certificate has its parsed form';
      if (certificates.length + duplicates > blocks) return 'there are more certificates than blocks';
      if (new Set(x509).size !== x509.length) return 'a certificate is there twice';
      const first = openssl(bytes);
      if (first === null || x509.includes(first.fingerprint256) || unreadable.length > 0) return null;
      return 'OpenSSL reads a certificate that is lost here';
    },
  }),
  define({
    name: 'pem-text',
    files: ['pem', 'pem-block', 'text-lines'].map((file) => `lib/x509/${file}.ts`),
    shape: 'lines',
    generate: pem,
    read: (bytes) => {
      const { text } = decodeText(bytes);
      return { text, lines: [...linesOf(text)], blocks: scanPem(text) };
    },
    objection: (_bytes, { text, lines, blocks }) => {
      if (lines.some(({ number }, index) => number !== index + 1)) return 'lines are not numbered in order';
      if (lines.map((line) => line.text).join('') !== text.replace(/[\r\n]/g, ''))
        return 'text is lost between the lines';
      const outside = blocks.find(
        ({ firstLine, lastLine }) => firstLine > lastLine || lastLine > lines.length,
      );
      if (outside !== undefined) return `a block is in lines ${outside.firstLine} to ${outside.lastLine}`;
      const silent = blocks.some(
        ({ label, der, problem }) => isCertificateLabel(label) && der === null && problem === null,
      );
      return silent ? 'a block is lost without a reason' : null;
    },
  }),
];

/** A certificate for this key, and nothing else of interest. */
function certificateFor(keyInfo: Buffer): Buffer {
  const dates = sequence(leaf(0x17, '260101000000Z'), leaf(0x17, '270101000000Z'));
  const tbs = sequence(leaf(0x02, Buffer.of(1)), ed25519(), sequence(), dates, sequence(), raw(keyInfo));
  return encode(sequence(tbs, ed25519(), bitString(Buffer.alloc(64))));
}
