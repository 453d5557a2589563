import type { X509Certificate } from 'node:crypto';
import { describeFetchFailure, type FetchFailure } from '../../core/fetch-failure.ts';
import type { RevocationStatus } from '../../core/revocation.ts';
import { type Pointers, readPointers } from '../../x509/pointers.ts';
import { clippedDetail } from '../../x509/revocation/detail.ts';
import type { DistributionPoint } from '../../x509/revocation/distribution-point.ts';
import { readOr } from '../../x509/revocation/elements.ts';
import { ocspRequest } from '../../x509/revocation/ocsp-request.ts';
import { statusByCrl } from '../../x509/revocation/status-by-crl.ts';
import { statusByOcsp } from '../../x509/revocation/status-by-ocsp.ts';
import type { Fetcher } from '../egress/fetch.ts';
import { shortened } from './named-url.ts';
import type { Published } from './published.ts';

/** `crl`: CRLs only. `ocsp`: the OCSP responder, too, where CRLs do not say: it learns who asks about which certificate. */
export type RevocationMode = 'crl' | 'ocsp';

export interface RevocationSources {
  readonly mode: RevocationMode;
  readonly published: Published;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly now: () => Date;
  /** Once it is aborted nobody else is asked: what a certificate names may be many, and slow. */
  readonly signal: AbortSignal;
}

/**
 * Whether the CA has revoked a certificate that it issued: by the first source that can say. Where none can, the last
 * reason stands. Never rejects.
 */
export async function askWhetherRevoked(
  certificate: X509Certificate,
  issuer: X509Certificate,
  sources: RevocationSources,
): Promise<RevocationStatus> {
  const pointers = readPointers(certificate.raw);
  const byCrl = await askCrls(certificate, issuer, pointers, sources);
  if (sources.mode === 'crl' || (byCrl !== null && byCrl.state !== 'unknown')) return byCrl ?? NO_SOURCE;
  return (await askResponders(certificate, issuer, pointers, sources)) ?? byCrl ?? NO_SOURCE;
}

const NO_SOURCE: RevocationStatus = { state: 'unknown', by: null, because: 'no_source' };

/** Null where it names no CRL that can be fetched. */
async function askCrls(
  certificate: X509Certificate,
  issuer: X509Certificate,
  { distributionPoints, unreadable }: Pointers,
  { published, now, signal }: RevocationSources,
): Promise<RevocationStatus | null> {
  if (distributionPoints === null)
    return { state: 'unknown', by: null, because: 'malformed', ...detailOf(unreadable?.distributionPoints) };
  let last: RevocationStatus | null = null;
  for (const [url, distributionPoint] of urlsOf(distributionPoints)) {
    if (signal.aborted) break;
    const kept = await published.crls.get(url);
    if ('failure' in kept) {
      last = silenceOf('crl', url, kept.failure);
      continue;
    }
    const status = statusByCrl({ certificate, issuer, crl: kept.value, distributionPoint, now: now() });
    if (status.state !== 'unknown') return status;
    last = status;
  }
  return last;
}

/** LDAP is not spoken here: RFC 5280 §4.2.1.13 lets a CA name several ways to the same CRL, and public ones name HTTP. */
function* urlsOf(points: readonly DistributionPoint[]): Generator<readonly [string, DistributionPoint]> {
  for (const point of points) {
    for (const url of point.urls) if (/^https?:/i.test(url)) yield [url, point];
  }
}

/** Null where it names no responder. */
async function askResponders(
  certificate: X509Certificate,
  issuer: X509Certificate,
  { authorityInfo }: Pointers,
  { fetcher, now, signal }: RevocationSources,
): Promise<RevocationStatus | null> {
  const [first, ...others] = authorityInfo?.ocspUrls ?? [];
  if (first === undefined) return null;
  const body = readOr(() => ocspRequest(certificate, issuer));
  if ('unreadable' in body)
    return { state: 'unknown', by: 'ocsp', because: 'malformed', ...detailOf(body.unreadable) };
  let last: RevocationStatus | null = null;
  for (const url of [first, ...others]) {
    if (signal.aborted) break;
    const result = await fetcher.fetch(url, {
      method: 'POST',
      body,
      contentType: 'application/ocsp-request',
      accept: 'application/ocsp-response',
    });
    if ('failure' in result) {
      last = silenceOf('ocsp', url, result.failure);
      continue;
    }
    const { delegate: _, ...status } = statusByOcsp({
      certificate,
      issuer,
      response: result.bytes,
      by: 'ocsp',
      now: now(),
    });
    if (status.state !== 'unknown') return status;
    last = status;
  }
  return last;
}

/** Somebody who gave no answer has not said anything: least of all that it was revoked. */
function silenceOf(by: 'crl' | 'ocsp', url: string, failure: FetchFailure): RevocationStatus {
  const because = failure.code === 'unreadable' ? 'malformed' : 'unreachable';
  const detail = `${shortened(url)}: ${describeFetchFailure(failure)}`;
  return { state: 'unknown', by, because, ...detailOf(detail) };
}

function detailOf(detail: string | undefined): Pick<RevocationStatus, 'detail'> {
  return detail === undefined ? {} : { detail: clippedDetail(detail) };
}
