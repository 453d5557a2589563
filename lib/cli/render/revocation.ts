import { escapeForTerminal } from '../../core/printable.ts';
import { describeUnknown, type RevocationStatus } from '../../core/revocation.ts';
import { instantText } from './time.ts';

const BY = { staple: 'stapled OCSP', crl: 'CRL', ocsp: 'OCSP' } as const;

/** `not revoked (CRL)`, `revoked since … (CRL)`, `unknown: nobody who would know could be asked`. */
export function revocationText(status: RevocationStatus): string {
  const { state, by, revokedAt, reason } = status;
  if (state === 'unknown') return `unknown: ${escapeForTerminal(describeUnknown(status))}`;
  const source = by === null ? '' : ` (${BY[by]})`;
  if (state === 'good') return `not revoked${source}`;
  const since = revokedAt === undefined ? '' : ` since ${instantText(revokedAt)}`;
  return `revoked${since}${reason === undefined ? '' : `, ${reason}`}${source}`;
}
