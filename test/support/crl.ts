import { locateFields } from '../../lib/x509/certificate-fields.ts';
import { encoding } from '../../lib/x509/der.ts';
import type { SigningMethod } from './der-writer.ts';
import { der, enumerated, extensionOf, integer, sequence, signed, signerFor, utcTime } from './der-writer.ts';
import type { Issued } from './pki.ts';

export interface CrlEntryOptions {
  /** Hex. */
  readonly serialNumber: string;
  readonly revokedAt?: Date;
  /** The code of RFC 5280 §5.3.1. */
  readonly reason?: number;
  readonly extensions?: readonly Buffer[];
}

export interface CrlOptions {
  /** Whose name it bears and whose key signs. */
  readonly issuer: Issued;
  readonly entries?: readonly CrlEntryOptions[];
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: in a week; null for none. */
  readonly nextUpdate?: Date | null;
  readonly extensions?: readonly Buffer[];
  readonly method?: SigningMethod;
  /** The algorithm inside, where it is not the one outside. */
  readonly innerAlgorithm?: Buffer;
}

const HOUR_MS = 3_600_000;

/** A CRL of version 2 in DER, signed with the issuer's key. */
export function mintCrl(options: CrlOptions): Buffer {
  const { issuer, entries = [], extensions = [] } = options;
  const now = Math.floor(Date.now() / 1000) * 1000;
  const { thisUpdate = new Date(now - HOUR_MS), nextUpdate = new Date(now + 168 * HOUR_MS) } = options;
  const signer = signerFor(issuer.keyPem, options.method);
  const tbs = sequence(
    der(0x02, Buffer.of(1)),
    options.innerAlgorithm ?? signer.algorithm,
    encoding(issuer.der, locateFields(issuer.der).subject),
    utcTime(thisUpdate),
    ...(nextUpdate === null ? [] : [utcTime(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries.map(encodeEntry))]),
    ...(extensions.length === 0 ? [] : [der(0xa0, sequence(...extensions))]),
  );
  return signed(tbs, signer);
}

function encodeEntry({ serialNumber, revokedAt, reason, extensions = [] }: CrlEntryOptions): Buffer {
  const all = [
    ...(reason === undefined ? [] : [extensionOf('2.5.29.21', enumerated(reason))]),
    ...extensions,
  ];
  return sequence(
    integer(serialNumber),
    utcTime(revokedAt ?? new Date('2026-05-04T03:02:01Z')),
    ...(all.length === 0 ? [] : [sequence(...all)]),
  );
}

export function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
