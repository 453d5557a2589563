import { nameKey } from '../../core/name-key.ts';
import { CRL_REASONS, type CrlReason } from '../../core/revocation.ts';
import { content, expectElement, readElement, TAG } from '../der.ts';
import { readInstant } from '../instant.ts';
import type { Crl } from './crl.ts';
import { EntryWalk } from './crl-entries.ts';
import { readNames } from './distribution-point.ts';
import { fewChildren, MORE_TAGS } from './elements.ts';
import { serialOctets } from './encode.ts';
import type { Extension } from './extensions.ts';
import { readExtensions } from './extensions.ts';

/** What a CRL says of a certificate that it lists. */
export interface RevokedEntry {
  /** ISO 8601 UTC to the second; null where the date cannot be read. */
  readonly revokedAt: string | null;
  /** Null where none is given, or one that RFC 5280 §5.3.1 does not have. */
  readonly reason: CrlReason | null;
  /** Since when the key is thought to have been compromised, where the CA says (RFC 5280 §5.3.2). */
  readonly invalidityDate: string | null;
}

// From this length on Buffer searches by Boyer and Moore, whatever the bytes are. Public CAs have at least 64 bits.
const WORTH_SEARCHING = 8;

/**
 * What the CRL says of this serial number of its own issuer; null where it is not listed. One pass over all bytes.
 * Never throws: an entry that is damaged still revokes, and has null for what cannot be read.
 */
export function findRevoked(crl: Crl, serialNumber: string): RevokedEntry | null {
  if (crl.entries === null) return null;
  const serial = serialOctets(serialNumber);
  if (serial.length >= WORTH_SEARCHING && !asBuffer(crl.der).includes(serial)) return null;
  const walk = new EntryWalk(crl.der, crl.entries.contentStart, crl.entries.contentEnd);
  let found: RevokedEntry | null = null;
  while (walk.next()) {
    if (!walk.isAbout(serial) || isOfAnother(crl, walk)) continue;
    const entry = readEntry(crl.der, walk);
    // Listed twice, it is revoked: what was taken back is the weaker word.
    if (found === null || found.reason === 'removeFromCRL') found = entry;
  }
  return found;
}

/** Nearly every certificate is listed nowhere: its number is looked for three times as fast as the entries are walked. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

/** In an indirect CRL an entry is about the issuer that it or one before it names, at first the CRL's own (§5.3.3). */
function isOfAnother(crl: Crl, walk: EntryWalk): boolean {
  if (walk.certificateIssuerEnd === 0) return false;
  const value = crl.der.subarray(walk.certificateIssuerStart, walk.certificateIssuerEnd);
  try {
    const { directoryNames } = readNames(value, expectElement(value, TAG.sequence, 'certificateIssuer'));
    const own = nameKey(crl.issuer);
    return directoryNames.length > 0 && !directoryNames.some((name) => nameKey(name) === own);
  } catch {
    return false; // whose it is cannot be told, and to overlook it would be worse
  }
}

function readEntry(der: Uint8Array, walk: EntryWalk): RevokedEntry {
  const entry = readElement(der, walk.entryStart, walk.entryEnd);
  const [, date, list] = fewChildren(der, entry, 3, 'an entry');
  const extensions = orNull(() => (list === undefined ? [] : readExtensions(der, list))) ?? [];
  return {
    revokedAt: orNull(() => (date === undefined ? null : readInstant(der, date))),
    reason: orNull(() => readReason(extensions)),
    invalidityDate: orNull(() => readInvalidityDate(extensions)),
  };
}

function readReason(extensions: readonly Extension[]): CrlReason | null {
  const value = extensions.find(({ oid }) => oid === '2.5.29.21')?.value;
  return value === undefined
    ? null
    : reasonOf(content(value, expectElement(value, MORE_TAGS.enumerated, 'reason')));
}

/** The reason of a CRLReason's content octets; null where it is none. */
export function reasonOf(octets: Uint8Array): CrlReason | null {
  return octets.length === 1 ? (CRL_REASONS[octets[0] ?? -1] ?? null) : null;
}

function readInvalidityDate(extensions: readonly Extension[]): string | null {
  const value = extensions.find(({ oid }) => oid === '2.5.29.24')?.value;
  return value === undefined ? null : readInstant(value, readElement(value));
}

function orNull<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch {
    return null;
  }
}
