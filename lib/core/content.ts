import type { Anchor } from './observation.ts';
import type { Failure } from './reason.ts';

/**
 * What a target holds, compact enough to be remembered: the reduction of an observation. Certificates are named by
 * fingerprint; their facts are kept once, elsewhere. Every check works on this, here and in a later evaluation alike.
 */
export type Content = EndpointContent | BundleContent;

/** One presented chain and how many of the probed addresses served it. */
export interface ServedChain {
  /** Fingerprints as sent. */
  readonly certificates: readonly string[];
  /** See `PresentedChain.path`. */
  readonly path: readonly number[];
  readonly anchor: Anchor | null;
  readonly verdict: string | null;
  /** Whether the leaf covers the server name (RFC 9525); null where its names cannot be read. */
  readonly nameMatches: boolean | null;
  readonly clientCertificateRequired: boolean;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly keyExchangeGroup: string | null;
  readonly addressCount: number;
  /** A sample of the addresses, at most `ADDRESS_SAMPLE`. */
  readonly addresses: readonly string[];
}

/** Addresses of one endpoint that failed for one reason. */
export interface FailedAddresses extends Failure {
  readonly addressCount: number;
  readonly addresses: readonly string[];
}

/** An endpoint's state is the set of chains it serves: "2 of 3 renewed" is one state, not a flapping value. */
export interface EndpointContent {
  readonly kind: 'endpoint';
  /** Most widely served first, then by leaf fingerprint. */
  readonly chains: readonly ServedChain[];
  readonly failures: readonly FailedAddresses[];
}

export interface BundleContent {
  readonly kind: 'truststore' | 'file';
  /** Fingerprints in file order, each once. */
  readonly certificates: readonly string[];
  readonly blocks: number;
  readonly duplicates: number;
  readonly unreadable: readonly {
    readonly firstLine: number;
    readonly lastLine: number;
    readonly reason: string;
  }[];
  readonly privateKeyLines: readonly number[];
}

/** How many addresses are named per chain. The counts are always exact. */
export const ADDRESS_SAMPLE = 4;

/** Every fingerprint that a content names, each once. */
export function certificatesOf(content: Content | null): readonly string[] {
  if (content === null) return [];
  return content.kind === 'endpoint'
    ? [...new Set(content.chains.flatMap((chain) => chain.certificates))]
    : content.certificates;
}
