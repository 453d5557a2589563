import type { X509Certificate } from 'node:crypto';
import type { PresentedChain } from '../../core/observation.ts';
import { readCertificate } from '../../x509/certificate.ts';
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
