import { createHash, createPublicKey } from 'node:crypto';
import { locateFields } from '../../lib/x509/certificate-fields.ts';
import { children, content, encoding, readElement } from '../../lib/x509/der.ts';
import { oid } from '../x509/forge.ts';
import type { SigningMethod } from './der-writer.ts';
import {
  der,
  enumerated,
  generalizedTime,
  integer,
  octetString,
  sequence,
  signed,
  signerFor,
} from './der-writer.ts';
import type { Issued } from './pki.ts';

export interface OcspAnswer {
  readonly certificate: Issued;
  readonly issuer: Issued;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  /** The code of RFC 5280 §5.3.1. */
  readonly reason?: number;
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: in a week; null for none. */
  readonly nextUpdate?: Date | null;
  readonly digest?: 'sha1' | 'sha256' | 'md5';
  readonly extensions?: readonly Buffer[];
}

export interface OcspOptions {
  readonly answers: readonly OcspAnswer[];
  /** Whose key signs; by default the issuer of the first answer. */
  readonly signer?: Issued;
  /** Whom the response names as signer, by default the one who is. */
  readonly named?: Issued;
  readonly nameBy?: 'name' | 'key';
  /** What comes with it. */
  readonly certificates?: readonly Issued[];
  readonly extensions?: readonly Buffer[];
  readonly method?: SigningMethod;
}

const HOUR_MS = 3_600_000;
const DIGESTS = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  md5: '1.2.840.113549.2.5',
} as const;

/** A successful OCSP response with these answers, signed. */
export function mintOcspResponse(options: OcspOptions): Buffer {
  const { answers, certificates = [], extensions = [] } = options;
  const signer = options.signer ?? answers[0]?.issuer;
  if (signer === undefined) throw new Error('nobody signs');
  const tbs = sequence(
    responderId(options.named ?? signer, options.nameBy ?? 'name'),
    generalizedTime(new Date()),
    sequence(...answers.map(encodeAnswer)),
    ...(extensions.length === 0 ? [] : [der(0xa1, sequence(...extensions))]),
  );
  const chain = certificates.length === 0 ? [] : [der(0xa0, sequence(...certificates.map((one) => one.der)))];
  const basic = signed(tbs, signerFor(signer.keyPem, options.method), ...chain);
  const typed = sequence(oid('1.3.6.1.5.5.7.48.1.1'), octetString(basic));
  return sequence(enumerated(0), der(0xa0, typed));
}

/** A response that says that there will be no answer. */
export function ocspRefusal(code: number): Buffer {
  return sequence(enumerated(code));
}

function responderId(signer: Issued, by: 'name' | 'key'): Buffer {
  return by === 'name' ? der(0xa1, nameOf(signer)) : der(0xa2, octetString(hashOf('sha1', keyOf(signer))));
}

function encodeAnswer(answer: OcspAnswer): Buffer {
  const { certificate, issuer, digest = 'sha1', extensions = [] } = answer;
  const now = Math.floor(Date.now() / 1000) * 1000;
  const { thisUpdate = new Date(now - HOUR_MS), nextUpdate = new Date(now + 168 * HOUR_MS) } = answer;
  const certId = sequence(
    sequence(oid(DIGESTS[digest]), Buffer.of(0x05, 0x00)),
    octetString(hashOf(digest, nameOf(issuer))),
    octetString(hashOf(digest, keyOf(issuer))),
    integer(certificate.x509.serialNumber),
  );
  return sequence(
    certId,
    encodeStatus(answer),
    generalizedTime(thisUpdate),
    ...(nextUpdate === null ? [] : [der(0xa0, generalizedTime(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [der(0xa1, sequence(...extensions))]),
  );
}

function encodeStatus({ status = 'good', revokedAt, reason }: OcspAnswer): Buffer {
  if (status !== 'revoked') return der(status === 'good' ? 0x80 : 0x82);
  const code = reason === undefined ? [] : [der(0xa0, enumerated(reason))];
  return der(0xa1, generalizedTime(revokedAt ?? new Date('2026-05-04T03:02:01Z')), ...code);
}

function nameOf(issued: Issued): Buffer {
  return Buffer.from(encoding(issued.der, locateFields(issued.der).subject));
}

function keyOf(issued: Issued): Buffer {
  const spki = createPublicKey(issued.pem).export({ type: 'spki', format: 'der' });
  const [, bits] = children(spki, readElement(spki));
  if (bits === undefined) throw new Error('a key without bits');
  return Buffer.from(content(spki, bits).subarray(1));
}

function hashOf(digest: string, bytes: Uint8Array): Buffer {
  return createHash(digest).update(bytes).digest();
}
