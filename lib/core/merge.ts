import type { BundleContent, Content, EndpointContent } from './content.ts';

/** What is known after an observation, and whether what it no longer holds is really gone. */
export interface Knowledge {
  readonly content: Content;
  /** What was known before and is missing now was looked for where it used to be. */
  readonly complete: boolean;
}

/**
 * Puts what was just seen beside what was known. Nothing is gone because somebody failed to look: a chain stays known
 * while an address that served it does not answer, a bundle's certificates while more of the file is unreadable than
 * before. A dead address that never served it does not keep a replaced chain alive.
 *
 * @param silent Addresses that should have answered this time and did not.
 */
export function mergeContent(known: Content | null, seen: Content, silent: ReadonlySet<string>): Knowledge {
  if (known === null || known.kind !== seen.kind) return { content: seen, complete: true };
  if (known.kind === 'endpoint' && seen.kind === 'endpoint') return mergeEndpoint(known, seen, silent);
  return mergeBundle(known as BundleContent, seen as BundleContent);
}

function mergeEndpoint(
  known: EndpointContent,
  seen: EndpointContent,
  silent: ReadonlySet<string>,
): Knowledge {
  const served = new Set(seen.chains.map((chain) => chain.certificates.join()));
  const kept = known.chains
    .filter((chain) => !served.has(chain.certificates.join()))
    .map((chain) => ({ ...chain, addresses: chain.addresses.filter((address) => silent.has(address)) }))
    .filter((chain) => chain.addresses.length > 0)
    .map((chain) => ({ ...chain, addressCount: chain.addresses.length }));
  return { content: { ...seen, chains: [...seen.chains, ...kept] }, complete: true };
}

function mergeBundle(known: BundleContent, seen: BundleContent): Knowledge {
  if (seen.unreadable.length <= known.unreadable.length) return { content: seen, complete: true };
  const certificates = [...new Set([...seen.certificates, ...known.certificates])];
  return { content: { ...seen, certificates }, complete: false };
}
