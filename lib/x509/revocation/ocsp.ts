import type { Element } from '../der.ts';
import { content, DerError, decodeOid, encoding, expectElement, TAG } from '../der.ts';
import { readInstant } from '../instant.ts';
import { fewChildren, MORE_TAGS, readName, readOr } from './elements.ts';
import { Fields, inside } from './fields.ts';
import { unknownOcspExtensions } from './ocsp-extensions.ts';
import type { SignedParts } from './signature.ts';
import { readSignedParts } from './signature.ts';
import type { SingleResponse } from './single-response.ts';
import { readSingleResponse } from './single-response.ts';

/** What a responder sent (RFC 6960 §4.2.1). Nothing in it is true before its signature was verified. */
export interface OcspResponse {
  readonly status: OcspResponseStatus;
  /** There where the status is `successful`, and nowhere else. */
  readonly basic: BasicOcspResponse | null;
}

const STATUSES = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  null,
  'sigRequired',
  'unauthorized',
] as const;

export type OcspResponseStatus = NonNullable<(typeof STATUSES)[number]>;

export interface BasicOcspResponse {
  readonly signed: SignedParts;
  readonly responder: ResponderId;
  /** ISO 8601 UTC to the second. */
  readonly producedAt: string;
  readonly responses: readonly SingleResponse[];
  /** OIDs of critical extensions that are not known here. */
  readonly unknownCritical: readonly string[];
  /** DER of the certificates that came with it, at most `MAX_CERTIFICATES`. */
  readonly certificates: readonly Uint8Array[];
}

/** By what the signer is named: an RFC 4514 string, or the SHA-1 of the key. */
export type ResponderId = { readonly name: string } | { readonly keyHash: Uint8Array };

// A response for one certificate has 500 bytes, with the responder's certificates a few thousand.
const MAX_OCTETS = 262_144;
const MAX_RESPONSES = 1024;
// A responder sends its own, and at times those above it.
const MAX_CERTIFICATES = 8;
const MAX_CERTIFICATES_SENT = 64;

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
const BY_NAME = 0xa1;
const BY_KEY = 0xa2;

/** Reads an OCSP response in DER. Never throws. */
export function readOcspResponse(bytes: Uint8Array): OcspResponse | { readonly unreadable: string } {
  return readOr(() => {
    if (bytes.length > MAX_OCTETS) throw new DerError(`an OCSP response of ${bytes.length} octets`);
    return decodeResponse(bytes);
  });
}

function decodeResponse(bytes: Uint8Array): OcspResponse {
  const outer = expectElement(bytes, TAG.sequence, 'OCSP response');
  const [code, wrapper] = fewChildren(bytes, outer, 2, 'OCSP response');
  const octets = code?.tag === MORE_TAGS.enumerated ? content(bytes, code) : [];
  const status = octets.length === 1 ? STATUSES[octets[0] ?? -1] : undefined;
  if (status === undefined || status === null)
    throw new DerError('the status of the OCSP response is unknown');
  if (status !== 'successful') return { status, basic: null };
  if (wrapper?.tag !== CONTEXT_0) throw new DerError('the OCSP response is successful and says nothing');
  const inner = expectElement(bytes, TAG.sequence, 'responseBytes', wrapper.contentStart, wrapper.contentEnd);
  const [type, response] = fewChildren(bytes, inner, 2, 'responseBytes');
  if (type?.tag !== TAG.oid || decodeOid(content(bytes, type)) !== BASIC_RESPONSE) {
    throw new DerError('the OCSP response is not of the basic type');
  }
  if (response?.tag !== TAG.octetString) throw new DerError('the OCSP response is not in an OCTET STRING');
  return { status, basic: decodeBasic(content(bytes, response)) };
}

function decodeBasic(bytes: Uint8Array): BasicOcspResponse {
  const { signed, tbs, rest } = readSignedParts(bytes, 'OCSP response');
  const fields = new Fields(bytes, tbs);
  const version = fields.take(CONTEXT_0);
  if (version && content(bytes, inside(bytes, version))[0] !== 0) {
    throw new DerError('the version of the OCSP response is not 1');
  }
  const responder = fields.expect('responderID', BY_NAME, BY_KEY);
  const producedAt = fields.expect('producedAt', MORE_TAGS.generalizedTime);
  const responses = fields.expect('responses', TAG.sequence);
  const extensions = fields.take(CONTEXT_1);
  fields.end();
  return {
    signed,
    responder: readResponder(bytes, responder),
    producedAt: readInstant(bytes, producedAt),
    responses: fewChildren(bytes, responses, MAX_RESPONSES, 'responses').map((each) =>
      readSingleResponse(bytes, each),
    ),
    unknownCritical: unknownOcspExtensions(bytes, extensions),
    certificates: rest === undefined ? [] : readCertificates(bytes, rest),
  };
}

function readResponder(bytes: Uint8Array, id: Element): ResponderId {
  const inner = inside(bytes, id);
  if (id.tag === BY_NAME) return { name: readName(bytes, inner) };
  if (inner.tag !== TAG.octetString) throw new DerError('the hash of the responder is not an OCTET STRING');
  return { keyHash: content(bytes, inner) };
}

function readCertificates(bytes: Uint8Array, wrapper: Element): Uint8Array[] {
  if (wrapper.tag !== CONTEXT_0) throw new DerError('what follows the signature is no list of certificates');
  const list = expectElement(bytes, TAG.sequence, 'certs', wrapper.contentStart, wrapper.contentEnd);
  const certificates = fewChildren(bytes, list, MAX_CERTIFICATES_SENT, 'certs');
  return certificates.slice(0, MAX_CERTIFICATES).map((each) => encoding(bytes, each));
}
