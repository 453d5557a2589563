import { isShortLived } from '../baseline-requirements.ts';
import { formatInstant } from '../instant.ts';
import { escapeForTerminal } from '../printable.ts';
import { describeUnknown, type RevocationStatus } from '../revocation.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './check.ts';
import { standingOf } from './standing.ts';

/** Nobody could be made to say whether a certificate was revoked. */
export const revocationUnknown: Check = {
  id: 'revocation-unknown',
  title: 'Revocation unknown',
  citation: 'RFC 5280 §6.3; CA/Browser Forum Baseline Requirements §1.6.1 (short-lived) and §4.9.7',
  optional: true,
  *run(subject) {
    const { content } = subject;
    if (content?.kind !== 'endpoint') return;
    for (const [fingerprint, status] of Object.entries(content.inquiry?.revocation ?? {})) {
      if (status.state !== 'unknown' || isNothingToKnow(fingerprint, status, subject)) continue;
      const standing = standingOf(fingerprint, content, subject);
      if (standing === null || standing.position === 'superfluous') continue;
      const listed =
        status.revokedAt === undefined
          ? ''
          : `; it is listed as revoked on ${formatInstant(status.revokedAt)}`;
      yield {
        fingerprint,
        severity: 'info',
        message: `whether ${standing.name}${standing.where} was revoked is unknown: ${escapeForTerminal(describeUnknown(status), 300)}${listed}`,
        advice:
          'See whether this host gets through to the CRL and the OCSP responder that the certificate names; if it does, tell the CA.',
      };
    }
  },
};

/** One that ends by itself before a revocation would get around, and one that has ended. */
function isNothingToKnow(
  fingerprint: string,
  { because }: RevocationStatus,
  { certificate }: Subject,
): boolean {
  if (because === 'certificate_expired') return true;
  const facts = certificate(fingerprint);
  return because === 'no_source' && facts !== undefined && isShortLived(facts);
}
