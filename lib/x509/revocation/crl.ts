import type { Element } from '../der.ts';
import { DerError, encoding, TAG } from '../der.ts';
import { readInstant } from '../instant.ts';
import { EntryWalk } from './crl-entries.ts';
import type { CrlExtensions } from './crl-extensions.ts';
import { readCrlExtensions } from './crl-extensions.ts';
import { MORE_TAGS, readName, readOr } from './elements.ts';
import { Fields, inside } from './fields.ts';
import { pemBody } from './pem-body.ts';
import type { SignedParts } from './signature.ts';
import { readSignedParts } from './signature.ts';

/** A certificate revocation list (RFC 5280 §5.1). It stands on the bytes it was read from: they must not change. */
export interface Crl extends CrlExtensions {
  readonly der: Uint8Array;
  /** RFC 4514: the last RDN comes first. */
  readonly issuer: string;
  readonly issuerDer: Uint8Array;
  /** ISO 8601 UTC to the second. */
  readonly thisUpdate: string;
  /** Null where it does not say, which RFC 5280 §5.1.2.5 does not allow. */
  readonly nextUpdate: string | null;
  /** The SEQUENCE of entries; null where there is none. `findRevoked` looks into it. */
  readonly entries: Element | null;
  readonly entryCount: number;
  readonly signed: SignedParts;
}

export type CrlReading = Crl | { readonly unreadable: string };

const EXTENSIONS = 0xa0;

/**
 * Reads a CRL in DER or PEM in one pass, without an object per entry: its memory is that of the bytes. Never throws.
 * Nothing in it is true before `verifyCrl`.
 */
export function readCrl(bytes: Uint8Array): CrlReading {
  return readOr(() => {
    // No text begins with the tag of a SEQUENCE but one that begins with the digit 0.
    const der = bytes[0] === TAG.sequence ? bytes : pemBody(bytes, 'X509 CRL');
    return decodeCrl(der);
  });
}

function decodeCrl(der: Uint8Array): Crl {
  // Bytes after the end are let be, as every client does: what counts is what is signed.
  const { signed, tbs, rest } = readSignedParts(der, 'CRL');
  if (rest !== undefined) throw new DerError('something follows the signature of the CRL');
  const fields = new Fields(der, tbs);
  const version = fields.take(MORE_TAGS.integer);
  if (version && (version.contentEnd - version.contentStart !== 1 || der[version.contentStart] !== 1)) {
    throw new DerError('the version of the CRL is not 2');
  }
  const algorithm = fields.expect('signature', TAG.sequence);
  if (Buffer.compare(encoding(der, algorithm), signed.algorithm) !== 0) {
    throw new DerError('the signature algorithm inside the CRL is not the one outside');
  }
  const issuer = fields.expect('issuer', TAG.sequence);
  const thisUpdate = fields.expect('thisUpdate', MORE_TAGS.utcTime, MORE_TAGS.generalizedTime);
  const nextUpdate = fields.take(MORE_TAGS.utcTime, MORE_TAGS.generalizedTime);
  const entries = fields.take(TAG.sequence);
  const extensions = fields.take(EXTENSIONS);
  fields.end();

  const about = readCrlExtensions(der, extensions && inside(der, extensions));
  const walk = new EntryWalk(der, entries?.contentStart ?? 0, entries?.contentEnd ?? 0);
  let entryCount = 0;
  while (walk.next()) entryCount++;
  if (walk.certificateIssuerEnd > 0 && about.scope?.indirectCrl !== true) {
    throw new DerError('an entry names another issuer, but the CRL does not say that it is indirect');
  }
  return {
    ...about,
    unknownCritical: [
      ...about.unknownCritical,
      ...(walk.unknownCritical ? ['an extension of an entry'] : []),
    ],
    der,
    issuer: readName(der, issuer),
    issuerDer: encoding(der, issuer),
    thisUpdate: readInstant(der, thisUpdate),
    nextUpdate: nextUpdate && readInstant(der, nextUpdate),
    entries,
    entryCount,
    signed,
  };
}
