import type { X509Certificate } from 'node:crypto';
import type { PresentedChain } from '../../core/observation.ts';
import { BoundedMap } from '../../x509/bounded-map.ts';
import { fingerprintOf, readCertificate } from '../../x509/certificate.ts';
import { type FoundPath, findPath } from '../../x509/path.ts';
import { statusByStaple } from '../../x509/staple.ts';
import { storeVerdicts } from '../../x509/store-verdicts.ts';
import { mozillaStore, type Trust, type TrustStore } from '../../x509/trust.ts';
import type { Presented } from './conversation.ts';

/** What certificates are judged by. */
export interface Standard {
  /** Everything that is trusted here. */
  readonly trust: Trust;
  /** Sets of anchors that are judged apart. */
  readonly stores: readonly TrustStore[];
}

// The same chain comes back from every address, and from most endpoints of one name.
const CACHE_ENTRIES = 1024;
/** So late a path may be seen to have ended: every check goes by the dates themselves. */
const FRESH_MS = 60_000;

/** Judges by one standard, and remembers for a minute what it made of a chain that came without a staple. */
export function createJudge(standard: Standard, now: () => Date): (presented: Presented) => PresentedChain {
  const known = new BoundedMap<string, { readonly chain: PresentedChain; readonly at: number }>(
    CACHE_ENTRIES,
  );
  return (presented) => {
    const judgedAt = now();
    if (presented.staple !== undefined) return judgePresented(presented, standard, judgedAt);
    const key = [presented.verdict, ...presented.certificates.map(fingerprintOf)].join();
    const before = known.get(key);
    const age = judgedAt.getTime() - (before?.at ?? Number.NaN);
    if (before !== undefined && age >= 0 && age < FRESH_MS) return before.chain;
    const chain = judgePresented(presented, standard, judgedAt);
    known.set(key, { chain, at: judgedAt.getTime() });
    return chain;
  };
}

/** What a peer sent, in our own terms. */
export function judgePresented(
  { certificates, verdict, staple }: Presented,
  { trust, stores }: Standard,
  now: Date,
): PresentedChain {
  const found = findPath(certificates, trust, now);
  const [leaf] = certificates;
  return {
    certificates: certificates.map(readCertificate),
    ...found,
    ...(isPublic(found.anchor?.fingerprint) ? { publiclyTrusted: true } : {}),
    verdict,
    stores: storeVerdicts(certificates, stores, now),
    ...(staple === undefined || leaf === undefined
      ? {}
      : { staple: statusByStaple(leaf, issuerOf(certificates, found, trust), staple, now) }),
  };
}

/** Whether it is an anchor of Mozilla's, whatever else is trusted here: rules for public CAs bind no others. */
function isPublic(anchor: string | undefined): boolean {
  return anchor !== undefined && mozillaStore().trust.byFingerprint(anchor) !== undefined;
}

function issuerOf(
  certificates: readonly X509Certificate[],
  { path: [, second], anchor }: FoundPath,
  trust: Trust,
): X509Certificate | undefined {
  return second === undefined ? trust.byFingerprint(anchor?.fingerprint ?? '')?.x509 : certificates[second];
}
