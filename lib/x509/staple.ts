import { hash, type X509Certificate } from 'node:crypto';
import type { RevocationStatus } from '../core/revocation.ts';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf } from './certificate.ts';
import { statusByOcsp } from './revocation/status-by-ocsp.ts';

// A server staples the same response for hours, and a signature check costs more than the rest of a probe.
const CACHE_ENTRIES = 2048;
const CACHED_MS = 600_000;
const cache = new BoundedMap<string, { readonly status: RevocationStatus; readonly until: number }>(
  CACHE_ENTRIES,
);

/**
 * What a stapled OCSP response says of the leaf that it came with. Never throws.
 *
 * @param issuer Who issued the leaf; undefined where that is not known, and nobody can tell who may sign.
 */
export function statusByStaple(
  leaf: X509Certificate,
  issuer: X509Certificate | undefined,
  response: Buffer,
  now: Date,
): RevocationStatus {
  if (issuer === undefined) return { state: 'unknown', by: 'staple', because: 'not_issuer' };
  const key = fingerprintOf(leaf) + fingerprintOf(issuer) + hash('sha256', response, 'hex');
  const known = cache.get(key);
  if (known !== undefined && now.getTime() < known.until) return known.status;
  const { delegate: _, ...status } = statusByOcsp({ certificate: leaf, issuer, response, by: 'staple', now });
  const nextUpdate = Date.parse(status.nextUpdate ?? '');
  const until = Math.min(now.getTime() + CACHED_MS, Number.isNaN(nextUpdate) ? Infinity : nextUpdate);
  cache.set(key, { status, until });
  return status;
}
