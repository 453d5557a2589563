import type { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../core/certificate.ts';
import { nameKey } from '../../core/name-key.ts';
import type { RevocationStatus, UnknownBecause } from '../../core/revocation.ts';
import { readCertificate } from '../certificate.ts';
import { isIssuedBy } from '../issuance.ts';
import type { Crl, CrlReading } from './crl.ts';
import { withClippedDetail } from './detail.ts';
import type { DistributionPoint, DistributionPointName } from './distribution-point.ts';
import { shareName } from './distribution-point.ts';
import type { RevokedEntry } from './find-revoked.ts';
import { findRevoked } from './find-revoked.ts';
import { objectionToDates } from './freshness.ts';
import { verifyCrl } from './verify-crl.ts';

export interface CrlQuestion {
  readonly certificate: X509Certificate;
  /** The CA that issued it. */
  readonly issuer: X509Certificate;
  readonly crl: CrlReading;
  /** Where the certificate says that this CRL is; null where it was found by other means. */
  readonly distributionPoint: DistributionPoint | null;
  readonly now: Date;
}

/** What a CRL says of a certificate (RFC 5280 §6.3.3). `good` only where it would have to be listed. Never throws. */
export function statusByCrl({
  certificate: x509,
  issuer,
  crl,
  distributionPoint,
  now,
}: CrlQuestion): RevocationStatus {
  if ('unreadable' in crl) return unknown({ because: 'malformed', detail: crl.unreadable });
  if (!isIssuedBy(x509, issuer)) return unknown({ because: 'not_issuer' });
  const certificate = readCertificate(x509);
  // Before the name of its issuer: where somebody else signs, the CRL is none of the CA's.
  if (isIndirect(distributionPoint, certificate.issuer)) return unknown({ because: 'indirect_crl' });
  const objection = verifyCrl(crl, issuer);
  if (objection !== null) return unknown(objection);

  const outside = objectionToScope(crl, certificate, distributionPoint);
  if (outside !== null) return unknown({ ...updatesOf(crl), ...outside });
  const entry = findRevoked(crl, certificate.serialNumber);
  const incomplete = objectionToContent(crl, now);
  const said = saidOf(entry);
  if (incomplete !== null) return unknown({ ...updatesOf(crl), ...said, because: incomplete });
  if (said !== null) return { state: 'revoked', by: 'crl', ...updatesOf(crl), ...said };
  const silent = objectionToSilence(crl, certificate, distributionPoint, now);
  if (silent !== null) return unknown({ ...updatesOf(crl), because: silent });
  return { state: 'good', by: 'crl', ...updatesOf(crl) };
}

function unknown(
  why: Omit<RevocationStatus, 'state' | 'by'> & { readonly because: UnknownBecause },
): RevocationStatus {
  return { state: 'unknown', by: 'crl', ...withClippedDetail(why) };
}

function updatesOf({ thisUpdate, nextUpdate }: Crl): Pick<RevocationStatus, 'thisUpdate' | 'nextUpdate'> {
  return nextUpdate === null ? { thisUpdate } : { thisUpdate, nextUpdate };
}

/** What the entry adds to a status; null where there is none. */
function saidOf(entry: RevokedEntry | null): Pick<RevocationStatus, 'revokedAt' | 'reason'> | null {
  if (entry === null || entry.reason === 'removeFromCRL') return null;
  const { revokedAt, reason } = entry;
  return { ...(revokedAt === null ? {} : { revokedAt }), ...(reason === null ? {} : { reason }) };
}

function isIndirect(point: DistributionPoint | null, issuer: string): boolean {
  const crlIssuer = point?.crlIssuer ?? null;
  return crlIssuer !== null && nameKey(crlIssuer) !== nameKey(issuer);
}

/** Whether the CRL speaks of this certificate at all (RFC 5280 §6.3.3 b). */
function objectionToScope(
  { scope, unknownCritical, issuer }: Crl,
  certificate: Certificate,
  point: DistributionPoint | null,
): { readonly because: UnknownBecause; readonly detail?: string } | null {
  const [oid] = unknownCritical;
  if (oid !== undefined) return { because: 'unknown_critical_extension', detail: oid };
  if (scope === null) return null;
  if (scope.name !== null && !shareName(scope.name, point ?? namedAs(certificate.issuer), issuer)) {
    return { because: 'other_distribution_point' };
  }
  const isCa = certificate.role !== 'leaf';
  const isOther =
    scope.onlyAttributeCertificates ||
    (scope.onlyUserCertificates && isCa) ||
    (scope.onlyCaCertificates && !isCa);
  return isOther ? { because: 'other_certificates' } : null;
}

/** Without a distribution point the name of the CA stands in for one (RFC 5280 §6.3.3, last paragraph). */
function namedAs(issuer: string): DistributionPointName {
  return { urls: [], directoryNames: [issuer], relativeName: null, omitted: 0 };
}

/** Whether what it says, or does not say, is the whole of the present. */
function objectionToContent(crl: Crl, now: Date): UnknownBecause | null {
  if (crl.deltaOf !== null) return 'delta_crl';
  return objectionToDates(crl, now);
}

/** Whether not being listed means nothing, though the CRL is current. */
function objectionToSilence(
  { scope, nextUpdate }: Crl,
  { notAfter }: Certificate,
  point: DistributionPoint | null,
  now: Date,
): UnknownBecause | null {
  if (nextUpdate === null) return 'no_next_update';
  if ((scope?.onlySomeReasons ?? point?.reasons ?? null) !== null) return 'some_reasons';
  // RFC 5280 §3.3: an entry may go once the certificate has expired.
  return notAfter === null || Date.parse(notAfter) < now.getTime() ? 'certificate_expired' : null;
}
