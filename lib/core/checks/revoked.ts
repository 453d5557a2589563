import type { EndpointContent } from '../content.ts';
import { formatInstant } from '../instant.ts';
import type { RevocationStatus } from '../revocation.ts';
import type { Check } from './check.ts';
import { type Standing, standingOf } from './standing.ts';

/** The CA has taken a certificate back that is served, or that stands above one. */
export const revoked: Check = {
  id: 'revoked',
  title: 'Revoked',
  citation: 'RFC 5280 §3.3 and §5.3.1; RFC 6960 §2.2',
  *run(subject) {
    const { content, certificate } = subject;
    if (content?.kind !== 'endpoint') return;
    for (const [fingerprint, status] of revokedIn(content)) {
      const standing = standingOf(fingerprint, content, subject);
      if (standing === null) continue;
      const { name, where, position } = standing;
      const issuer = certificate(fingerprint)?.issuer ?? '';
      yield {
        fingerprint,
        severity: position === 'superfluous' ? 'info' : 'critical',
        message: `${name}${where} was revoked${sinceWhen(status)}${SAYS[status.by ?? 'staple']}${position === 'superfluous' ? '; the line of issuers does not need it' : ''}`,
        advice: adviceFor(position, status),
        ...(issuer === '' ? {} : { issuer }),
      };
    }
  },
};

type Said = Pick<RevocationStatus, 'by' | 'revokedAt' | 'reason'>;

/** Each certificate once. Any one source is enough, and of several the one that gives a reason is told. */
function revokedIn({ chains, inquiry }: EndpointContent): ReadonlyMap<string, Said> {
  const found = new Map<string, Said>();
  for (const { staple, certificates } of chains) {
    if (staple?.state === 'revoked') found.set(certificates[0] ?? '', { ...staple, by: 'staple' });
  }
  for (const [fingerprint, status] of Object.entries(inquiry?.revocation ?? {})) {
    if (status.state === 'revoked') found.set(fingerprint, status);
  }
  return found;
}

const SAYS: Readonly<Record<NonNullable<RevocationStatus['by']>, string>> = {
  staple: ', says the OCSP response that comes with it',
  crl: ', says the CRL of its CA',
  ocsp: ', says the OCSP responder of its CA',
};

function sinceWhen({ revokedAt, reason }: Said): string {
  const when = revokedAt === undefined ? '' : ` on ${formatInstant(revokedAt)}`;
  return reason === undefined || reason === 'unspecified' ? when : `${when} (${reason})`;
}

function adviceFor(position: Standing['position'], { reason }: Said): string {
  if (position === 'superfluous') return 'Stop sending it.';
  if (reason === 'certificateHold')
    return 'Have the CA release it, or replace it now: clients that check revocation refuse it meanwhile.';
  if (position === 'issuer')
    return 'Replace the leaf now by one from another issuer: clients that check revocation refuse everything below this one.';
  return reason === 'keyCompromise'
    ? 'Replace it now on every address, with a new key: whoever has the old one can pose as this server.'
    : 'Replace it now on every address: clients that check revocation refuse it.';
}
