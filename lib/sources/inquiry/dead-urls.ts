import type { X509Certificate } from 'node:crypto';
import { describeFetchFailure, FETCH_FAILURES, type FetchFailure } from '../../core/fetch-failure.ts';
import type { DeadUrl } from '../../core/observation.ts';
import { fingerprintOf } from '../../x509/certificate.ts';
import { readPointers } from '../../x509/pointers.ts';
import type { Published } from './published.ts';

/** The URLs in a certificate behind which nothing is that can be used. A network that fails says nothing of them. */
export async function findDeadUrls(x509: X509Certificate, published: Published): Promise<readonly DeadUrl[]> {
  const { distributionPoints, authorityInfo } = readPointers(x509.raw);
  const named = [
    ...(distributionPoints ?? []).flatMap(({ urls }) =>
      urls.map((url) => ({ url, purpose: 'crl' as const })),
    ),
    ...(authorityInfo?.caIssuersUrls ?? []).map((url) => ({ url, purpose: 'issuer' as const })),
  ].filter(({ url }) => /^https?:/i.test(url));
  const dead: DeadUrl[] = [];
  for (const { url, purpose } of named) {
    const kept = await (purpose === 'crl' ? published.crls : published.issuers).get(url);
    if ('failure' in kept && isDead(kept.failure))
      dead.push({ fingerprint: fingerprintOf(x509), url, purpose, why: describeFetchFailure(kept.failure) });
  }
  return dead;
}

/** What the guard refuses is nobody's fault but ours; what is merely larger than we read is there. */
function isDead({ code }: FetchFailure): boolean {
  return FETCH_FAILURES[code].fault === 'target' && code !== 'address_refused' && code !== 'too_large';
}
