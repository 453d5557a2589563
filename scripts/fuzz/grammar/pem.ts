import { encode } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { certificate } from './certificate.ts';

const LABELS = [
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
  'PRIVATE KEY',
  'RSA PRIVATE KEY',
  'PKCS7',
  'CMS',
  'X509 CRL',
  'CERTIFICATE REQUEST',
  '',
  'A'.repeat(64),
  'A'.repeat(65),
];
const EOLS = ['\n', '\r\n', '\r', ' \n', '\n\n', ''];
const JUNK = [
  '# a comment',
  'subject=CN = api.test',
  '   ',
  '-----',
  '-----BEGIN',
  '-----BEGIN CERTIFICATE----',
  '---- BEGIN CERTIFICATE ----',
  '-----END CERTIFICATE-----',
  'Proc-Type: 4,ENCRYPTED',
  '\u00e4\u00f6\0\u00ff',
  ':',
  '----------BEGIN CERTIFICATE----------',
  '-----BEGIN '.repeat(40),
];

type Encoding = (text: string) => Buffer;
const ENCODINGS: readonly Encoding[] = [
  (text) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(text)]),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(text, 'utf16le').swap16(),
  (text) => Buffer.concat([Buffer.from(text, 'utf16le'), Buffer.of(0x2d)]),
];

/** A file of blocks, most of which any program would read (RFC 7468). */
export function pem(random: Random): Buffer {
  const eol = random.once(3) ? random.pick(EOLS) : '\n';
  const pool = random.several(1, 3, () => body(random));
  const parts = random.several(0, 6, () => {
    if (random.once(4)) return random.pick(JUNK) + eol;
    return block(random, random.pick(pool), random.once(6) ? random.pick(EOLS) : eol);
  });
  const text = parts.join('');
  return (random.once(5) ? random.pick(ENCODINGS) : (all: string) => Buffer.from(all, 'latin1'))(text);
}

function body(random: Random): Buffer {
  const der = encode(certificate(random));
  switch (random.below(12)) {
    case 0:
      return Buffer.concat([der, random.octets(random.between(1, 9))]);
    case 1:
      return der.subarray(0, random.below(der.length));
    case 2:
      return Buffer.alloc(0);
    case 3:
      return Buffer.concat([Buffer.from('302a06092a864886f70d010702', 'hex'), der]);
    default:
      return der;
  }
}

function block(random: Random, der: Buffer, eol: string): string {
  const label = random.once(5) ? random.pick(LABELS) : 'CERTIFICATE';
  const width = random.pick([64, 64, 64, 76, 1, 100_000]);
  const lines = der.toString('base64').match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  if (random.once(6)) lines.splice(random.below(lines.length + 1), 0, random.pick(JUNK));
  const last = random.once(12) ? random.pick(LABELS) : label;
  const all = [
    ...(random.once(15) ? [] : [`-----BEGIN ${label}-----`]),
    ...lines,
    ...(random.once(12) ? [] : [`-----END ${last}-----`]),
  ];
  const indent = random.once(10) ? random.pick([' ', '\t', '# ', '> ', '"']) : '';
  return all.map((line) => indent + line + eol).join('');
}
