import type { Certificate } from '../certificate.ts';
import type { Subject } from '../subject.ts';

/** The CAs that clients are accepted from, as one bundle, and what to call it. */
export interface LoadedCas {
  readonly certificates: readonly Certificate[];
  /** A sentence fragment; empty where there is only one bundle. */
  readonly where: string;
}

/** A truststore file, or each version of one that API Gateway has loaded: faults lie within a bundle, not between two. */
export function* loadedBundles({ content, certificate }: Subject): Generator<LoadedCas> {
  if (content?.kind !== 'truststore') return;
  const lookUp = (fingerprints: readonly string[]) =>
    fingerprints.map(certificate).filter((each) => each !== undefined);
  const versions = content.loaded?.versions;
  if (versions === undefined) yield { certificates: lookUp(content.certificates), where: '' };
  for (const { version, certificates } of versions ?? []) {
    const where = (versions?.length ?? 0) > 1 ? ` (version ${version ?? 'without a name'})` : '';
    yield { certificates: lookUp(certificates), where };
  }
}
