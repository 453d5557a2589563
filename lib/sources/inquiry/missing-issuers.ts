import type { X509Certificate } from 'node:crypto';
import type { PathProblem } from '../../core/path-problem.ts';
import { fingerprintOf } from '../../x509/certificate.ts';
import { buildPath } from '../../x509/certification-path.ts';
import { poolOf } from '../../x509/issuer-pool.ts';
import { readPointers } from '../../x509/pointers.ts';
import type { Trust } from '../../x509/trust.ts';
import type { Published } from './published.ts';

/** No path of a public CA has more intermediates; browsers give up as well. */
const MAX_FETCHES = 6;

export interface CompletionOptions {
  readonly trust: Trust;
  readonly published: Published;
  readonly now: Date;
  /** Once it is aborted nobody else is asked. */
  readonly signal: AbortSignal;
}

/**
 * Whether a client that fetches missing issuers from where certificates say they are (RFC 5280 §4.2.2.1) gets to an
 * anchor. Null where somebody could not be reached, so that nobody can tell. Never rejects.
 */
export async function canBeCompleted(
  presented: readonly [X509Certificate, ...X509Certificate[]],
  { trust, published, now, signal }: CompletionOptions,
): Promise<boolean | null> {
  const [leaf] = presented;
  const fetched = new Map<string, X509Certificate>();
  const asked = new Set<string>();
  let isUnsure = false;
  while (true) {
    const { best, problem } = buildPath(leaf, { presented, pool: poolOf(fetched.values()), trust, now });
    // The dates of the leaf are another matter; an issuer that has ended completes nothing.
    if (best !== null && (problem === null || isAbout(leaf, problem))) return true;
    // What was fetched may be another CA of that name: the next URL may have the right one.
    if (problem?.kind !== 'issuer-missing' && problem?.kind !== 'signature') break;
    const lowest = [...presented, ...fetched.values()].find(
      (x509) => fingerprintOf(x509) === problem.fingerprint,
    );
    const urls = lowest === undefined ? [] : (readPointers(lowest.raw).authorityInfo?.caIssuersUrls ?? []);
    const url = urls.find((each) => !asked.has(each) && /^https?:/i.test(each));
    if (url === undefined || asked.size === MAX_FETCHES || signal.aborted) break;
    asked.add(url);
    const kept = await published.issuers.get(url);
    if ('failure' in kept) isUnsure = true;
    else for (const issuer of kept.value) fetched.set(fingerprintOf(issuer), issuer);
  }
  return isUnsure || signal.aborted ? null : false;
}

function isAbout(leaf: X509Certificate, problem: PathProblem): boolean {
  return 'fingerprint' in problem && problem.fingerprint === fingerprintOf(leaf);
}
