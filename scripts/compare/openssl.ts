import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `openssl x509` prints of a certificate, in our field names; null where it prints that it cannot. */
export interface Printed {
  readonly serialNumber: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  readonly fingerprint: string;
  readonly signatureAlgorithm: string;
  /** OpenSSL's own name of it. */
  readonly keyAlgorithm: string;
  readonly keySize: number | null;
  readonly keyCurve: string | null;
  /** Of the key as OpenSSL writes it again; null where it cannot decode it. */
  readonly spkiSha256: string | null;
  /** `DNS:a, email:b`, one character per octet; empty where there are none. */
  readonly subjectAltNames: string | null;
}

const NAMES = ['-nameopt', 'RFC2253,-esc_msb'];
const ONLY_KEY_AND_SIGNATURE =
  'no_header,no_version,no_serial,no_issuer,no_validity,no_subject,no_extensions,no_aux';
const FIELDS = [
  ...['-noout', '-serial', '-subject', '-issuer', '-startdate', '-enddate', '-fingerprint', '-sha256'],
  ...[...NAMES, '-dateopt', 'iso_8601', '-text', '-certopt', ONLY_KEY_AND_SIGNATURE],
  ...['-ext', 'subjectAltName', '-passin', 'pass:'],
];
const BATCH_TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** The version where it can be used: `-dateopt` came with 3.0. */
export function usableOpenssl(): string | null {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  return /^OpenSSL [3-9]/.test(stdout ?? '') ? stdout.trim() : null;
}

/** What it prints of each, in order; null where it refuses. One shell for all of them: a process each is costly enough. */
export async function printAll(certificates: readonly Buffer[]): Promise<(Printed | null)[]> {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-compare-'));
  try {
    const files = certificates.map((bytes, index) => {
      const file = join(directory, `${index}`);
      writeFileSync(file, bytes);
      return file;
    });
    const mark = `\n${randomUUID()}\n`;
    const command = `openssl x509 -in "$file" ${FIELDS.join(' ')}`;
    // With -pubkey it refuses a certificate whose key it cannot decode.
    const script = `mark=$1; out=$2; shift 2
      for file; do ${command} -pubkey >"$out" || ${command} >"$out"; cat "$out"; printf %s "$mark"; done`;
    const output = await run('sh', ['-c', script, 'sh', mark, join(directory, 'out'), ...files]);
    const parts = output.split(mark);
    if (parts.length !== certificates.length + 1) throw new Error('openssl did not come to an end in time');
    return parts.slice(0, -1).map(parsePrinted);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Its output, one character per octet. Without a terminal, so that nothing can ask for a password. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      timeout: BATCH_TIMEOUT_MS,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

function parsePrinted(text: string): Printed | null {
  const value = (pattern: RegExp): string | null => pattern.exec(text)?.[1]?.trimEnd() ?? null;
  const fingerprint = value(/^sha256 Fingerprint=(.*)$/m);
  if (fingerprint === null) return null;
  const [, key = ''] = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----\s*$/.exec(text) ?? [];
  const bits = value(/Public-Key: \((\d+) bit/);
  return {
    // A long one goes on in the next line.
    serialNumber: (value(/^serial=((?:.*\\\n)*.*)$/m) ?? '').replaceAll('\\\n', '').toLowerCase(),
    subject: utf8(/^subject=(.*)$/m.exec(text)?.[1] ?? ''),
    issuer: utf8(/^issuer=(.*)$/m.exec(text)?.[1] ?? ''),
    notBefore: instant(value(/^notBefore=(.*)$/m)),
    notAfter: instant(value(/^notAfter=(.*)$/m)),
    fingerprint: fingerprint.replaceAll(':', '').toLowerCase(),
    // The one inside tbsCertificate stands deeper; it is the other that the signature is verified by.
    signatureAlgorithm: value(/^ {4}Signature Algorithm: (.*)$/m) ?? '',
    keyAlgorithm: value(/^\s*Public Key Algorithm: (.*)$/m) ?? '',
    keySize: bits === null ? null : Number(bits),
    keyCurve: value(/^\s*ASN1 OID: (.*)$/m),
    spkiSha256: key === '' ? null : sha256(Buffer.from(key, 'base64')),
    subjectAltNames: namesIn(text),
  };
}

/** To the second, as ours are. */
function instant(printed: string | null): string | null {
  return printed !== null && /^\d{4}-/.test(printed)
    ? printed.replace(' ', 'T').replace(/\.\d+Z$/, 'Z')
    : null;
}

const HEADING = 'X509v3 Subject Alternative Name:';

/** What it cannot decode it prints as it stands, dots for the octets that are no characters. */
const LIST = /^(?:DNS|email|URI|IP Address|DirName|Registered ID|othername|X400Name|EdiPartyName):/;

function namesIn(text: string): string | null {
  const heading = text.indexOf(`\n${HEADING}`);
  if (heading === -1) return '';
  const begin = text.indexOf('\n', heading + 1) + 1;
  const key = text.lastIndexOf('\n-----BEGIN PUBLIC KEY-----');
  const names = text.slice(begin, key === -1 ? -1 : key).replace(/^ {4}/, '');
  if (names.startsWith('<EMPTY>')) return '';
  return LIST.test(names) ? names : null;
}

/** Names once more, every attribute as `OID=#` and the hexadecimal of its DER. */
export function dumpName(certificate: Buffer, which: 'subject' | 'issuer'): string {
  const format = 'RFC2253,oid,dump_all,dump_der';
  const printed = openssl(certificate, 'x509', '-noout', `-${which}`, '-nameopt', format);
  return printed.trimEnd().slice(which.length + 1);
}

/** The SubjectPublicKeyInfo as it stands in the DER, by the offsets that `openssl asn1parse` prints. */
export function spkiByOffsets(der: Buffer): string | null {
  const elements = openssl(der, 'asn1parse', '-inform', 'DER')
    .split('\n')
    .flatMap((line) => {
      const found = /^ *(\d+):d=2 +hl= *(\d+) +l= *(\d+) (.*)/.exec(line);
      return found === null
        ? []
        : [{ at: Number(found[1]), length: Number(found[2]) + Number(found[3]), what: found[4] }];
    });
  const version = elements[0]?.what?.includes('cont [ 0 ]') ? 1 : 0;
  const spki = elements[version + 5];
  return spki === undefined ? null : sha256(der.subarray(spki.at, spki.at + spki.length));
}

/** What one command prints; empty where it cannot be started. */
function openssl(input: Buffer, ...args: readonly string[]): string {
  const options = {
    input,
    encoding: 'latin1',
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: BATCH_TIMEOUT_MS,
  } as const;
  return spawnSync('openssl', args, options).stdout ?? '';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}
