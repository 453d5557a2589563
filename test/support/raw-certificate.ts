import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { Issued } from './pki.ts';

/** What certificates by the hundred and with strange keys need; `mint` is for all others. */
export interface RawCertificate {
  /** The common name. */
  readonly subject: string;
  /** Who signs, with an EC key on whatever curve. */
  readonly issuer: Issued;
  /** @default a new one on P-256 */
  readonly key?: RawKey;
  readonly ca?: boolean;
  /** DNS names. */
  readonly names?: readonly string[];
}

/** A key as it stands in a certificate, and its private half (PKCS#8 PEM) where there is one. */
export interface RawKey {
  readonly spki: Uint8Array;
  readonly keyPem?: string;
}

const DAY_MS = 86_400_000;

/** Writes a certificate byte by byte: a tenth of a millisecond, and nothing in it is looked at (RFC 5280 §4.1). */
export function rawCertificate(options: RawCertificate): Issued {
  const { issuer, key = ecKey() } = options;
  const now = Date.now();
  const tbs = sequence(
    tagged(0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(0x40), randomBytes(8)),
    ECDSA_WITH_SHA256,
    commonName(issuer.subject.replace(/^CN=/, '')),
    sequence(utcTime(now - DAY_MS), utcTime(now + 90 * DAY_MS)),
    commonName(options.subject),
    key.spki,
    tagged(3, sequence(...extensions(options))),
  );
  const signature = sign('sha256', tbs, createPrivateKey(issuer.keyPem));
  const bytes = sequence(tbs, ECDSA_WITH_SHA256, bitString(signature));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    der: bytes,
    keyPem: key.keyPem ?? '',
    x509: new X509Certificate(bytes),
    subject: `CN=${options.subject}`,
  };
}

/** `length` CAs below `root`, the lowest one first, each issued by the next. */
export function rawLine(root: Issued, length: number): Issued[] {
  const line: Issued[] = [];
  for (let index = 0; index < length; index += 1) {
    line.unshift(rawCertificate({ subject: `Link ${index}`, issuer: line[0] ?? root, ca: true }));
  }
  return line;
}

/** A new EC key. `explicit` spells the curve out instead of naming it (RFC 3279 §2.3.5). */
export function ecKey(namedCurve = 'prime256v1', paramEncoding: 'named' | 'explicit' = 'named'): RawKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding });
  return {
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** An EC key on a curve that is spelt out and that no list of curves has: P-256 with another point to start from. */
export function ownCurveKey(): RawKey {
  const spki = Buffer.from(ecKey('prime256v1', 'explicit').spki);
  // Uncompressed points; the key is the last of them, and the generator stands among the parameters.
  const point = spki.subarray(-65);
  const generator = Buffer.from('046b17d1f2e12c4247f8bce6e563a440f2', 'hex');
  point.copy(spki, spki.indexOf(generator));
  return { spki };
}

/** An EC key on a curve that nobody has heard of: the OID is in the arc of examples (RFC 5612 has 32473). */
export function unknownCurveKey(): RawKey {
  const idEcPublicKey = Buffer.from('06072a8648ce3d0201', 'hex');
  const unknownCurve = Buffer.from('06092b0601040181fd590a', 'hex');
  return { spki: sequence(sequence(idEcPublicKey, unknownCurve), bitString(Buffer.alloc(65, 4))) };
}

/** An element of DER around its content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), body]);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  const significant = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 | significant.length), significant, body]);
}

const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const OID_COMMON_NAME = Buffer.from('0603550403', 'hex');
const OID_BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const OID_SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const TRUE = Buffer.of(0x01, 1, 0xff);

function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(0x30, ...content);
}

function tagged(number: number, content: Uint8Array): Buffer {
  return der(0xa0 | number, content);
}

function bitString(content: Uint8Array): Buffer {
  return der(0x03, Buffer.of(0), content);
}

function commonName(value: string): Buffer {
  return sequence(der(0x31, sequence(OID_COMMON_NAME, der(0x0c, Buffer.from(value)))));
}

function utcTime(instant: number): Buffer {
  const digits = new Date(instant).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function extensions({ ca = false, names = [] }: RawCertificate): Buffer[] {
  const constraints = sequence(OID_BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(...(ca ? [TRUE] : []))));
  if (names.length === 0) return [constraints];
  const dnsNames = names.map((name) => der(0x82, Buffer.from(name)));
  return [constraints, sequence(OID_SUBJECT_ALT_NAME, der(0x04, sequence(...dnsNames)))];
}
