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
    const key = certificate(leaf)?.spkiSha256;
    if (key === null || key === undefined) return undefined;
    return [...known.keys()].find((earlier) => earlier && certificate(earlier)?.spkiSha256 === key);
  };
  const chains = content.chains.map((chain): ServedChain => {
    const origin = originOf(chain.certificates[0] ?? '');
    const { keyFrom: _, ...rest } = chain;
    return origin === undefined ? rest : { ...rest, keyFrom: origin };
  });
  return { ...content, chains };
}
