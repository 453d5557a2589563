import { hash } from 'node:crypto';
import type { CrlReason } from '../../core/revocation.ts';
import type { Element } from '../der.ts';
import { content, DerError, decodeOid, expectElement, TAG } from '../der.ts';
import { readInstant } from '../instant.ts';
import type { CertificateIdentity } from './certificate-identity.ts';
import { MORE_TAGS } from './elements.ts';
import { firstNeeded } from './encode.ts';
import { Fields, inside } from './fields.ts';
import { reasonOf } from './find-revoked.ts';
import { unknownOcspExtensions } from './ocsp-extensions.ts';

/** What an OCSP response says of one certificate (RFC 6960 §4.2.1). Instants are ISO 8601 UTC to the second. */
export interface SingleResponse {
  readonly certId: CertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** There where it was revoked. */
  readonly revokedAt: string | null;
  /** Null where none was given. */
  readonly reason: CrlReason | null;
  readonly thisUpdate: string;
  /** Null where newer information is there at any time. */
  readonly nextUpdate: string | null;
  /** OIDs of critical extensions that are not known here. */
  readonly unknownCritical: readonly string[];
}

/** By what the certificate is named (RFC 6960 §4.1.1). */
interface CertId {
  /** The digest's OID. */
  readonly digest: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets without padding. */
  readonly serialNumber: Uint8Array;
}

const GOOD = 0x80;
const REVOKED = 0xa1;
const UNKNOWN = 0x82;

/** Throws DerError. */
export function readSingleResponse(bytes: Uint8Array, element: Element): SingleResponse {
  const fields = new Fields(bytes, element);
  const certId = readCertId(bytes, fields.expect('certID', TAG.sequence));
  const status = fields.expect('certStatus', GOOD, REVOKED, UNKNOWN);
  const thisUpdate = fields.expect('thisUpdate', MORE_TAGS.generalizedTime);
  const nextUpdate = fields.take(0xa0);
  const extensions = fields.take(0xa1);
  fields.end();
  return {
    certId,
    status: status.tag === REVOKED ? 'revoked' : status.tag === GOOD ? 'good' : 'unknown',
    ...readRevokedInfo(bytes, status),
    thisUpdate: readInstant(bytes, thisUpdate),
    nextUpdate: nextUpdate && readInstant(bytes, inside(bytes, nextUpdate)),
    unknownCritical: unknownOcspExtensions(bytes, extensions),
  };
}

function readRevokedInfo(bytes: Uint8Array, status: Element): Pick<SingleResponse, 'revokedAt' | 'reason'> {
  if (status.tag !== REVOKED) return { revokedAt: null, reason: null };
  const fields = new Fields(bytes, status);
  const date = fields.expect('revocationTime', MORE_TAGS.generalizedTime);
  const wrapper = fields.take(0xa0);
  fields.end();
  if (wrapper === null) return { revokedAt: readInstant(bytes, date), reason: null };
  const { enumerated } = MORE_TAGS;
  const code = expectElement(bytes, enumerated, 'revocationReason', wrapper.contentStart, wrapper.contentEnd);
  return { revokedAt: readInstant(bytes, date), reason: reasonOf(content(bytes, code)) };
}

function readCertId(bytes: Uint8Array, element: Element): CertId {
  const fields = new Fields(bytes, element);
  const algorithm = fields.expect('hashAlgorithm', TAG.sequence);
  const type = expectElement(bytes, TAG.oid, 'hashAlgorithm', algorithm.contentStart, algorithm.contentEnd);
  const issuerNameHash = fields.expect('issuerNameHash', TAG.octetString);
  const issuerKeyHash = fields.expect('issuerKeyHash', TAG.octetString);
  const { contentStart, contentEnd } = fields.expect('serialNumber', MORE_TAGS.integer);
  fields.end();
  if (contentStart === contentEnd) throw new DerError('the serial number is empty');
  return {
    digest: decodeOid(content(bytes, type)),
    issuerNameHash: content(bytes, issuerNameHash),
    issuerKeyHash: content(bytes, issuerKeyHash),
    serialNumber: bytes.subarray(firstNeeded(bytes, contentStart, contentEnd), contentEnd),
  };
}

const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/**
 * Tells the responses about one certificate: serial number, issuer's name and issuer's key have to agree. Hashes at most
 * once per digest, however many there are.
 */
export function matcherFor(identity: CertificateIdentity): (response: SingleResponse) => boolean {
  const hashed = new Map<string, { readonly name: Buffer; readonly key: Buffer }>();
  return ({ certId }) => {
    if (Buffer.compare(certId.serialNumber, identity.serialNumber) !== 0) return false;
    const digest = Object.hasOwn(DIGESTS, certId.digest) ? DIGESTS[certId.digest] : undefined;
    if (digest === undefined) return false;
    const known = hashed.get(digest) ?? {
      name: hash(digest, identity.issuerName, 'buffer'),
      key: hash(digest, identity.issuerKey, 'buffer'),
    };
    hashed.set(digest, known);
    return known.name.equals(certId.issuerNameHash) && known.key.equals(certId.issuerKeyHash);
  };
}
