import type { X509Certificate } from 'node:crypto';
import { describeFetchFailure, FETCH_FAILURES, type FetchFailure } from '../../core/fetch-failure.ts';
import type { DeadUrl } from '../../core/observation.ts';
import { fingerprintOf } from '../../x509/certificate.ts';
import { readPointers } from '../../x509/pointers.ts';
import { clippedDetail } from '../../x509/revocation/detail.ts';
import { shortened } from './named-url.ts';
import type { Published } from './published.ts';

/**
 * The URLs in a certificate behind which nothing is that can be used. A network that fails says nothing of them. Never
 * rejects.
 *
 * @param signal Once it is aborted no further one is tried.
 */
export async function findDeadUrls(
  x509: X509Certificate,
  published: Published,
  signal: AbortSignal,
): Promise<readonly DeadUrl[]> {
  const { distributionPoints, authorityInfo } = readPointers(x509.raw);
  const named = [
    ...(distributionPoints ?? []).flatMap(({ urls }) =>
      urls.map((url) => ({ url, purpose: 'crl' as const })),
    ),
    ...(authorityInfo?.caIssuersUrls ?? []).map((url) => ({ url, purpose: 'issuer' as const })),
  ].filter(({ url }) => /^https?:/i.test(url));
  const dead: DeadUrl[] = [];
  for (const { url, purpose } of named) {
    if (signal.aborted) break;
    const kept = await (purpose === 'crl' ? published.crls : published.issuers).get(url);
    if (!('failure' in kept) || !isDead(kept.failure)) continue;
    const why = clippedDetail(describeFetchFailure(kept.failure));
    dead.push({ fingerprint: fingerprintOf(x509), url: shortened(url), purpose, why });
  }
  return dead;
}

/** RFC 9110 §15.6, RFC 6585 §4: a server that is down or busy for now. */
const FOR_NOW = /^HTTP (?:5\d\d|429)$/;

/** What the guard refuses is nobody's fault but ours; what is merely larger than we read is there. */
function isDead({ code, detail = '' }: FetchFailure): boolean {
  if (code === 'http_status') return !FOR_NOW.test(detail);
  return FETCH_FAILURES[code].fault === 'target' && code !== 'address_refused' && code !== 'too_large';
}
