import type { X509Certificate } from 'node:crypto';
import type { RevocationStatus, UnknownBecause } from '../../core/revocation.ts';
import { isIssuedBy } from '../issuance.ts';
import { identify } from './certificate-identity.ts';
import { withClippedDetail } from './detail.ts';
import { readOr } from './elements.ts';
import { DEFAULT_MAX_AGE_SECONDS, isOlderThan, objectionToDates } from './freshness.ts';
import type { BasicOcspResponse, OcspResponseStatus } from './ocsp.ts';
import { readOcspResponse } from './ocsp.ts';
import { signerOf } from './ocsp-signer.ts';
import type { SingleResponse } from './single-response.ts';
import { matcherFor } from './single-response.ts';

export interface OcspQuestion {
  readonly certificate: X509Certificate;
  /** The CA that issued it. */
  readonly issuer: X509Certificate;
  /** The DER as it came. */
  readonly response: Uint8Array;
  /** How it came. */
  readonly by: 'staple' | 'ocsp';
  readonly now: Date;
  /** How old it may be. By default that is for its nextUpdate to say, or a day where it has none. */
  readonly maxAgeSeconds?: number;
}

export interface OcspStatus extends RevocationStatus {
  /** A delegate signed it, and whether that one's certificate was revoked has not been asked. */
  readonly delegate?: { readonly noCheck: boolean };
}

/** What an OCSP response says of a certificate (RFC 6960 §3.2). Never throws: garbage is unknown because `malformed`. */
export function statusByOcsp(question: OcspQuestion): OcspStatus {
  const { certificate, issuer, by, now } = question;
  const unknown = (why: Why): OcspStatus => ({ state: 'unknown', by, ...withClippedDetail(why) });
  const response = readOcspResponse(question.response);
  if ('unreadable' in response) return unknown({ because: 'malformed', detail: response.unreadable });
  const { status, basic } = response;
  if (basic === null) return unknown(refusalOf(status));
  if (!isIssuedBy(certificate, issuer)) return unknown({ because: 'not_issuer' });
  const identity = readOr(() => identify(certificate, issuer));
  if ('unreadable' in identity) return unknown({ because: 'not_issuer', detail: identity.unreadable });
  const answers = basic.responses.filter(matcherFor(identity));
  if (answers.length === 0) return unknown({ because: 'other_certificate' });
  const signer = signerOf(basic, issuer, now);
  if ('because' in signer) return unknown(signer);
  return {
    ...weightiest(answers.map((answer) => judge(basic, answer, question))),
    ...(signer.by === 'delegate' ? { delegate: { noCheck: signer.noCheck } } : {}),
  };
}

type Why = Omit<RevocationStatus, 'state' | 'by'> & { readonly because: UnknownBecause };

function refusalOf(status: OcspResponseStatus): Why {
  if (status === 'unauthorized') return { because: 'responder_unauthorized' };
  return status === 'tryLater'
    ? { because: 'responder_busy' }
    : { because: 'responder_failed', detail: status };
}

function judge(basic: BasicOcspResponse, answer: SingleResponse, question: OcspQuestion): RevocationStatus {
  const { by } = question;
  const { thisUpdate, nextUpdate, revokedAt, reason } = answer;
  const said = {
    thisUpdate,
    ...(nextUpdate === null ? {} : { nextUpdate }),
    ...(revokedAt === null ? {} : { revokedAt }),
    ...(reason === null ? {} : { reason }),
  };
  const [oid] = [...basic.unknownCritical, ...answer.unknownCritical];
  if (oid !== undefined) {
    const because = 'unknown_critical_extension';
    return { state: 'unknown', by, because, ...withClippedDetail({ detail: oid }), ...said };
  }
  const because = objectionToAge(answer, question);
  if (because !== null) return { state: 'unknown', by, because, ...said };
  if (answer.status !== 'unknown') return { state: answer.status, by, ...said };
  return { state: 'unknown', by, because: 'responder_does_not_know', ...said };
}

function objectionToAge(answer: SingleResponse, { now, maxAgeSeconds }: OcspQuestion): UnknownBecause | null {
  const objection = objectionToDates(answer, now);
  if (objection !== null) return objection;
  const seconds = maxAgeSeconds ?? (answer.nextUpdate === null ? DEFAULT_MAX_AGE_SECONDS : Infinity);
  return isOlderThan(seconds, answer, now) ? 'stale' : null;
}

/** Of several answers about the same certificate the worst that is current; one that is out of date comes last. */
function weightiest(statuses: readonly RevocationStatus[]): RevocationStatus {
  const weight = ({ state, because }: RevocationStatus): number => {
    if (state === 'revoked') return 3;
    if (because === 'responder_does_not_know') return 2;
    return state === 'good' ? 1 : 0;
  };
  return statuses.reduce((best, each) => (weight(each) > weight(best) ? each : best));
}
