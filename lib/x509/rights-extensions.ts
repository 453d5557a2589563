import type { Element } from './der.ts';
import { children, content, DerError, readElement, TAG } from './der.ts';
import { hex, readBoolean } from './extensions.ts';
import { parseGeneralName } from './general-name.ts';
import type { Name } from './name.ts';

/** Bits of the first octet of keyUsage (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
} as const;

/** Content octets of purposes in extKeyUsage (RFC 5280 §4.2.1.12), in hexadecimal. */
export const PURPOSE = {
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
  /** Microsoft's and Netscape's Server Gated Crypto: older than serverAuth, and accepted for it. */
  microsoftSgc: '2b0601040182370a0303',
  netscapeSgc: '6086480186f8420401',
} as const;

/** Which key signed, as the subject says (RFC 5280 §4.2.1.1). */
export interface AuthorityKey {
  /** Hexadecimal. */
  readonly keyId: string | null;
  /** The issuer's own issuer, where that is given as a name. */
  readonly issuer: Name | null;
  readonly serialNumber: bigint | null;
}

const BIT_STRING = 0x03;
const INTEGER = 0x02;

export function readBasicConstraints(value: Uint8Array): { ca: boolean; pathLength: number | null } {
  const parts = sequence(value);
  const first = parts[0];
  const saysCa = first?.tag === 0x01;
  const [limit, surplus] = saysCa ? parts.slice(1) : parts;
  if (surplus !== undefined || (limit !== undefined && limit.tag !== INTEGER)) {
    throw new DerError('it is not a flag and a number');
  }
  return {
    ca: saysCa && readBoolean(value, first),
    pathLength: limit === undefined ? null : readLimit(content(value, limit)),
  };
}

function readLimit(octets: Uint8Array): number | null {
  const [first] = octets;
  if (first === undefined || first >= 0x80) throw new DerError('the path length is negative');
  // No path is longer than what four octets can say.
  return octets.length > 4 ? null : octets.reduce((number, octet) => number * 256 + octet, 0);
}

/** The first octet: the ninth bit, decipherOnly, concerns nobody here. */
export function readKeyUsage(value: Uint8Array): number {
  const bits = readElement(value);
  const [unused = 8, first = 0, second = 0] = content(value, bits);
  if (bits.tag !== BIT_STRING || bits.end !== value.length || unused > 7)
    throw new DerError('it is not a BIT STRING');
  const isLast = bits.contentEnd - bits.contentStart <= 2;
  const usage = isLast ? first & (0xff << unused) : first;
  // RFC 5280 §4.2.1.3: at least one bit; OpenSSL takes no such certificate.
  if (usage === 0 && (isLast || second === 0)) throw new DerError('it names no usage');
  return usage;
}

export function readPurposes(value: Uint8Array): ReadonlySet<string> {
  return new Set(
    sequence(value).map((purpose) => {
      if (purpose.tag !== TAG.oid) throw new DerError('a purpose is not an object identifier');
      return hex(content(value, purpose));
    }),
  );
}

export function readKeyId(value: Uint8Array): string {
  const id = readElement(value);
  if (id.tag !== TAG.octetString || id.end !== value.length) throw new DerError('it is not an OCTET STRING');
  return hex(content(value, id));
}

export function readAuthorityKey(value: Uint8Array): AuthorityKey {
  let keyId: string | null = null;
  let issuer: Name | null = null;
  let serialNumber: bigint | null = null;
  for (const part of sequence(value)) {
    if (part.tag === 0x80) keyId = hex(content(value, part));
    else if (part.tag === 0xa1) issuer = firstDirectoryName(value, part);
    else if (part.tag === 0x82) serialNumber = readInteger(content(value, part));
    else throw new DerError('it holds an unknown field');
  }
  return { keyId, issuer, serialNumber };
}

function firstDirectoryName(bytes: Uint8Array, names: Element): Name | null {
  for (const element of children(bytes, names)) {
    const name = parseGeneralName(bytes, element);
    if (name.type === 'dirName') return name.name;
  }
  return null;
}

/** Twice what RFC 5280 §4.1.2.2 allows for a serial number, and far below where arithmetic gets slow. */
const MAX_INTEGER_OCTETS = 64;

/** Two's complement. */
function readInteger(octets: Uint8Array): bigint {
  if (octets.length === 0 || octets.length > MAX_INTEGER_OCTETS) {
    throw new DerError(`a number of ${octets.length} octets`);
  }
  return BigInt.asIntN(8 * octets.length, BigInt(`0x${hex(octets)}`));
}

/** The elements of a value that is one SEQUENCE. Throws DerError. */
export function sequence(value: Uint8Array): Element[] {
  const list = readElement(value);
  if (list.tag !== TAG.sequence || list.end !== value.length) throw new DerError('it is not one SEQUENCE');
  return [...children(value, list)];
}
