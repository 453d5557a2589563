import type { X509Certificate } from 'node:crypto';
import type { Answer, EndpointObservation, PresentedChain } from '../core/observation.ts';
import { derOf, parseDer } from '../x509/certificate.ts';
import { storeVerdicts } from '../x509/store-verdicts.ts';
import type { TrustStore } from '../x509/trust.ts';
import type { KnownIssuers } from './known-issuers.ts';

/**
 * Judges every chain once more by each trust store, with the issuers that the inventory knows beside those that were sent:
 * clients that have met them elsewhere get through. Rejects where the store fails.
 */
export async function completePaths(
  observation: EndpointObservation,
  known: KnownIssuers,
  stores: readonly TrustStore[],
): Promise<EndpointObservation> {
  const judged = new Map<string, Promise<PresentedChain['stores']>>();
  const rejudge = (chain: PresentedChain): Promise<PresentedChain['stores']> => {
    const key = chain.certificates.map(({ fingerprint }) => fingerprint).join();
    const verdicts = judged.get(key) ?? verdictsOf(chain, known, stores, observation.observedAt);
    judged.set(key, verdicts);
    return verdicts;
  };
  const completed = async (answer: Answer): Promise<Answer> => {
    const verdicts = await rejudge(answer.chain);
    return verdicts === undefined ? answer : { ...answer, chain: { ...answer.chain, stores: verdicts } };
  };
  const addresses = await Promise.all(
    observation.addresses.map(async (address) => ({
      ...address,
      ...(address.answer === undefined ? {} : { answer: await completed(address.answer) }),
      ...(address.otherKey === undefined ? {} : { otherKey: await completed(address.otherKey) }),
    })),
  );
  return { ...observation, addresses };
}

/** Those that were judged before, where nothing is known that was not sent. */
async function verdictsOf(
  { certificates, stores: before }: PresentedChain,
  known: KnownIssuers,
  stores: readonly TrustStore[],
  now: Date,
): Promise<PresentedChain['stores']> {
  const presented = certificates.flatMap((certificate): X509Certificate[] => {
    const der = derOf(certificate);
    return der === undefined ? [] : [parseDer(der)];
  });
  const pool = await known.poolFor(presented);
  return pool === null ? before : storeVerdicts(presented, stores, now, pool);
}
