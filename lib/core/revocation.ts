/** Whether a certificate was revoked, as far as somebody who may say so has said it (RFC 5280 §6.3, RFC 6960). */

/** Why a CA revoked a certificate, at the index of its code (RFC 5280 §5.3.1); the code 7 is not used. */
export const CRL_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  null,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

export type CrlReason = NonNullable<(typeof CRL_REASONS)[number]>;

/**
 * Why nobody can say. Each is a sentence fragment that follows "whether it was revoked is unknown: "; "it" is the CRL or
 * the OCSP response that was looked at.
 */
const UNKNOWN_BECAUSE = {
  no_source: 'the certificate names neither a CRL nor an OCSP responder',
  unreachable: 'nobody who would know could be asked',
  not_issuer: 'the certificate of the CA that issued it is not at hand',
  malformed: 'what was received cannot be decoded',
  foreign_issuer: 'it comes from another CA',
  crl_sign_missing: 'the certificate of the CA does not let its key sign CRLs',
  algorithm_unsupported: 'it is signed with an algorithm that is not supported here',
  signature_invalid: 'its signature is not valid',
  not_yet_valid: 'it is not valid yet',
  stale: 'it is out of date',
  no_next_update: 'it does not say until when it holds',
  unknown_critical_extension: 'it has a critical extension that is not supported here',
  delta_crl: 'it is a delta CRL, which says only what has changed',
  indirect_crl: 'its CRLs are issued by somebody else than the CA, which is not supported here',
  other_distribution_point: 'the CRL belongs to another distribution point',
  other_certificates: 'the CRL is about another kind of certificates',
  some_reasons: 'the CRL covers some reasons for revocation only, and does not list it',
  certificate_expired: 'the certificate has expired, and CRLs need not list such ones any more',
  responder_unauthorized: 'the OCSP responder answers no questions about this CA',
  responder_busy: 'the OCSP responder asks to try later',
  responder_failed: 'the OCSP responder answered with an error',
  responder_not_trusted: 'it is signed by somebody whom the CA has not allowed to',
  other_certificate: 'the OCSP response is about other certificates',
  responder_does_not_know: 'the OCSP responder does not know the certificate',
} as const satisfies Record<string, string>;

export type UnknownBecause = keyof typeof UNKNOWN_BECAUSE;

/** What is known of one certificate. Instants are ISO 8601 UTC to the second. */
export interface RevocationStatus {
  readonly state: 'good' | 'revoked' | 'unknown';
  /** What said so, or was looked at; null where there was nothing. */
  readonly by: 'staple' | 'crl' | 'ocsp' | null;
  /** Why it is unknown; there whenever it is, and never else. */
  readonly because?: UnknownBecause;
  /** What was seen, for a person. From outside, so escape it. */
  readonly detail?: string;
  /** When the CA says it was revoked. Beside an unknown state: what a CRL or response says that cannot be relied on now. */
  readonly revokedAt?: string;
  /** Absent where none was given. */
  readonly reason?: CrlReason;
  /** Of the CRL or response, once its signature was verified. */
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
}

/** A sentence fragment: what the code means, then what was seen. */
export function describeUnknown({ because, detail }: RevocationStatus): string {
  const text = because === undefined ? 'no reason was given' : UNKNOWN_BECAUSE[because];
  return detail === undefined ? text : `${text} (${detail})`;
}
