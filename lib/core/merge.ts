import { type BundleContent, type Content, type EndpointContent, MAX_REMEMBERED } from './content.ts';

/** What is known after an observation, and whether what it no longer holds is really gone. */
export interface Knowledge {
  readonly content: Content;
  /** What was known before and is missing now was looked for where it used to be. */
  readonly complete: boolean;
}

/** Where an observation could not look. */
export interface Unseen {
  /** Addresses that gave no answer, for whatever reason. */
  readonly addresses: ReadonlySet<string>;
  /** Address families that could not be resolved. */
  readonly families: ReadonlySet<4 | 6>;
}

/**
 * Puts what was just seen beside what was known. Nothing is gone because somebody failed to look: a chain stays known
 * while an address that served it does not answer or could not be resolved, a bundle's certificates while more of the
 * file is unreadable than before. A dead address that never served it does not keep a replaced chain alive.
 */
export function mergeContent(known: Content | null, seen: Content, unseen: Unseen): Knowledge {
  if (known === null || known.kind !== seen.kind) return { content: seen, complete: true };
  if (known.kind === 'endpoint' && seen.kind === 'endpoint') {
    return { content: mergeEndpoint(known, seen, unseen), complete: true };
  }
  return mergeBundle(known as BundleContent, seen as BundleContent);
}

function mergeEndpoint(known: EndpointContent, seen: EndpointContent, unseen: Unseen): EndpointContent {
  const served = new Set(seen.chains.map((chain) => chain.certificates.join()));
  const couldNotLook = (address: string) =>
    unseen.addresses.has(address) || unseen.families.has(address.includes(':') ? 6 : 4);
  const kept = known.chains
    .filter((chain) => !served.has(chain.certificates.join()))
    .map((chain) => ({ ...chain, addresses: chain.addresses.filter(couldNotLook) }))
    .filter((chain) => chain.addresses.length > 0)
    .map((chain) => ({ ...chain, addressCount: chain.addresses.length }));
  return { ...seen, chains: [...seen.chains, ...kept] };
}

function mergeBundle(known: BundleContent, seen: BundleContent): Knowledge {
  if (seen.unreadable.length <= known.unreadable.length) return { content: seen, complete: true };
  const certificates = [...new Set([...seen.certificates, ...known.certificates])].slice(0, MAX_REMEMBERED);
  return { content: { ...seen, certificates }, complete: false };
}
