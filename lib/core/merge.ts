import {
  type AcmContent,
  type BundleContent,
  type Content,
  type EndpointContent,
  isBundle,
  type KnownDepth,
  MAX_REMEMBERED,
  type ServedChain,
} from './content.ts';
import { mergeInquiry } from './merge-inquiry.ts';
import { TLS_VERSIONS } from './observation.ts';

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
  /** Where some address did not tell a deep look what other clients get: the addresses that did. */
  readonly toldOtherKey?: ReadonlySet<string>;
  /** A deep look could not tell what is shown without a name. */
  readonly unnamed?: true;
  /** A deep look could not tell whose client certificates are asked for. */
  readonly clientAuthorities?: true;
}

/**
 * Puts what was just seen beside what was known. Nothing is gone because somebody failed to look: a chain stays known
 * while an address that served it does not answer or could not be resolved, a bundle's certificates while more of the
 * file is unreadable than before. A dead address that never served it does not keep a replaced chain alive.
 *
 * @param at When it was seen, ISO 8601 UTC.
 * @param knownAt When what was known was looked at before.
 */
export function mergeContent(
  known: Content | null,
  seen: Content,
  unseen: Unseen,
  at: string,
  knownAt: string,
): Knowledge {
  if (known === null || known.kind !== seen.kind) return { content: seen, complete: true };
  if (known.kind === 'endpoint' && seen.kind === 'endpoint') {
    return { content: mergeEndpoint(known, seen, unseen, knownAt), complete: true };
  }
  if (known.kind === 'acm' && seen.kind === 'acm')
    return { content: mergeAcm(known, seen, at), complete: true };
  if (isBundle(known) && isBundle(seen)) return mergeBundle(known, seen);
  return { content: seen, complete: true };
}

function mergeEndpoint(
  known: EndpointContent,
  seen: EndpointContent,
  unseen: Unseen,
  knownAt: string,
): EndpointContent {
  const served = new Set(seen.chains.map((chain) => chain.certificates.join()));
  const couldNotLook = (address: string) =>
    unseen.addresses.has(address) || unseen.families.has(address.includes(':') ? 6 : 4);
  const kept = known.chains
    .filter((chain) => !served.has(chain.certificates.join()) && chain.otherKey === undefined)
    .map((chain) => ({ ...chain, addresses: chain.addresses.filter(couldNotLook) }))
    .filter((chain) => chain.addresses.length > 0)
    .map((chain) => ({
      ...chain,
      addressCount: chain.addresses.length,
      lastSeenAt: chain.lastSeenAt ?? knownAt,
    }));
  const chains = [...seen.chains, ...kept, ...keptOtherKeys(known, seen, served, unseen)];
  return {
    ...seen,
    chains,
    ...mergeDepth(known, seen, unseen),
    ...mergeInquiry(known, { ...seen, chains }),
  };
}

/** What only a deep look sees is as it was until the next one, and stays where that one could not tell. */
function keptOtherKeys(
  known: EndpointContent,
  seen: EndpointContent,
  served: ReadonlySet<string>,
  { toldOtherKey: told }: Unseen,
): readonly ServedChain[] {
  if (seen.deep !== undefined && told === undefined) return [];
  return known.chains.filter(
    ({ otherKey, certificates, addresses }) =>
      otherKey !== undefined &&
      !served.has(certificates.join()) &&
      (seen.deep === undefined || !addresses.every((address) => told?.has(address))),
  );
}

function mergeDepth(
  known: EndpointContent,
  seen: EndpointContent,
  unseen: Unseen,
): Pick<EndpointContent, 'deep' | 'unnamed'> {
  if (known.deep === undefined) return {};
  const unnamed = known.unnamed === undefined ? {} : { unnamed: known.unnamed };
  if (seen.deep === undefined) return { deep: known.deep, ...unnamed };
  const { clientAuthorities } = known.deep;
  return {
    deep: {
      ...seen.deep,
      versions: mergeVersions(known.deep.versions, seen.deep.versions),
      ...(unseen.clientAuthorities && clientAuthorities !== undefined ? { clientAuthorities } : {}),
    },
    ...(unseen.unnamed && seen.unnamed === undefined ? unnamed : {}),
  };
}

type Versions = KnownDepth['versions'];

function mergeVersions(known: Versions, seen: Versions): Versions {
  const versions = TLS_VERSIONS.map((version) => [version, seen[version] ?? known[version]]);
  return Object.fromEntries(versions) as Versions;
}

function mergeBundle(known: BundleContent, seen: BundleContent): Knowledge {
  if (seen.unreadable.length <= known.unreadable.length) return { content: seen, complete: true };
  const certificates = [...new Set([...seen.certificates, ...known.certificates])].slice(0, MAX_REMEMBERED);
  return { content: { ...seen, certificates }, complete: false };
}

/** More renewals than this lie years back: nobody serves those any more without being told that they expired. */
const MAX_REPLACED = 5;

/** A renewal or a new import puts another certificate under the same ARN. The one before is remembered. */
function mergeAcm(known: AcmContent, seen: AcmContent, at: string): AcmContent {
  const [before] = known.certificates;
  const [leaf] = seen.certificates;
  const replaced =
    before === undefined || leaf === undefined || before === leaf
      ? known.replaced
      : [{ fingerprint: before, at }, ...known.replaced];
  // One that came back is current again.
  return {
    ...seen,
    replaced: replaced.filter(({ fingerprint }) => fingerprint !== leaf).slice(0, MAX_REPLACED),
  };
}
