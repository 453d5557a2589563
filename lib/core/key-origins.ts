import type { Certificate } from './certificate.ts';
import type { Content, ServedChain } from './content.ts';

/**
 * Notes at each newly served leaf which earlier one had the same key, and keeps what was noted while the leaf is served:
 * only the renewal itself shows it.
 */
export function withKeyOrigins(
  content: Content | null,
  before: Content | null,
  certificate: (fingerprint: string) => Certificate | undefined,
): Content | null {
  if (content?.kind !== 'endpoint' || before?.kind !== 'endpoint') return content;
  const known = new Map(before.chains.map((chain) => [chain.certificates[0], chain]));
  const originOf = (leaf: string): string | undefined => {
    const chain = known.get(leaf);
    if (chain !== undefined) return chain.keyFrom;
    const renewed = certificate(leaf);
    const key = renewed?.spkiSha256;
    if (key === null || key === undefined) return undefined;
    return [...known.keys()].find((each) => {
      const earlier = each === undefined ? undefined : certificate(each);
      // What is older than the one before was put back: that is no renewal.
      return earlier?.spkiSha256 === key && (earlier.notBefore ?? '') <= (renewed?.notBefore ?? '');
    });
  };
  const chains = content.chains.map((chain): ServedChain => {
    const origin = originOf(chain.certificates[0] ?? '');
    const { keyFrom: _, ...rest } = chain;
    return origin === undefined ? rest : { ...rest, keyFrom: origin };
  });
  return { ...content, chains };
}
