import type {
  AcmFacts,
  Anchor,
  DeepLook,
  DomainFacts,
  Inquiry,
  LoadedBundle,
  StoreVerdict,
} from './observation.ts';
import type { PathProblem } from './path-problem.ts';
import type { Failure } from './reason.ts';
import type { RevocationStatus } from './revocation.ts';

/**
 * What a target holds, compact enough to be remembered: the reduction of an observation. Certificates are named by
 * fingerprint; their facts are kept once, elsewhere. Every check works on this, here and in a later evaluation alike.
 */
export type Content = EndpointContent | BundleContent | AwsContent;

export type AwsContent = AcmContent | DomainContent | ClientCertificateContent;

/** One presented chain and how many of the probed addresses served it. */
export interface ServedChain {
  /** Fingerprints as sent. */
  readonly certificates: readonly string[];
  /** See `PresentedChain.path`. */
  readonly path: readonly number[];
  readonly anchor: Anchor | null;
  /** See `PresentedChain`. */
  readonly publiclyTrusted?: true;
  /** See `PresentedChain`. */
  readonly problem?: PathProblem;
  readonly verdict: string | null;
  /** See `PresentedChain`. */
  readonly stores?: readonly StoreVerdict[];
  /** Whether the leaf covers the server name (RFC 9525); null where its names cannot be read. */
  readonly nameMatches: boolean | null;
  readonly clientCertificateRequired: boolean;
  /** See `Answer`. */
  readonly clientCertificateRequested?: true;
  /** See `Answer`. */
  readonly clientCertificateRefused?: true;
  /** See `Answer`. */
  readonly legacy?: true;
  /** See `Answer`. */
  readonly brokenOff?: Failure;
  /** Only a client that verifies the other kind of signature gets it: `AddressObservation.otherKey`. */
  readonly otherKey?: true;
  /** The state of the staple, without its instants, which change with every response. */
  readonly staple?: Pick<RevocationStatus, 'state' | 'because' | 'revokedAt'>;
  /** Fingerprint of the leaf that it replaced, where that one had the same key. */
  readonly keyFrom?: string;
  /**
   * What was agreed on, with cipher and group: at the address with the lowest version, of those the first by the name of
   * its cipher, of those the first by that of its group, and what is not known last. Addresses that come in another
   * order have not changed.
   */
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly keyExchangeGroup: string | null;
  readonly addressCount: number;
  /** The addresses, at most `MAX_ADDRESSES`: as many as are probed. */
  readonly addresses: readonly string[];
  /** Set where its addresses could not be looked at lately and it is only remembered: when it was last seen. */
  readonly lastSeenAt?: string;
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
  /** Address families that could not be resolved while the other one could. */
  readonly unresolved?: readonly { readonly family: 4 | 6; readonly failure: Failure }[];
  /** Of the latest deep look, and of the one before what the latest could not tell. */
  readonly deep?: KnownDepth;
  /** Fingerprints of the leaves that are shown without a name: of the latest deep look, each once. */
  readonly unnamed?: readonly string[];
  /** Of the latest inquiry, without the instants of what was asked, which change though nothing else does. */
  readonly inquiry?: Inquiry;
}

export interface KnownDepth extends Pick<DeepLook, 'versions'> {
  /** See `DeepLook`. Absent as well where the server named more than were kept: nothing can be held against a part. */
  readonly clientAuthorities?: readonly string[];
  /** Not every question of the latest deep look was answered: it is looked again soon. */
  readonly partial?: true;
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
  readonly loaded?: LoadedBundle;
}

export interface AcmContent extends AcmFacts {
  readonly kind: 'acm';
  /** The leaf, then its chain; empty where none was issued. */
  readonly certificates: readonly string[];
  /** Leaves that stood under this ARN before, the latest first, and when they were seen to have been replaced. */
  readonly replaced: readonly { readonly fingerprint: string; readonly at: string }[];
}

export interface DomainContent extends DomainFacts {
  readonly kind: 'domain';
  /** The certificate that proves its ownership, where it is known. */
  readonly certificates: readonly string[];
}

export interface ClientCertificateContent {
  readonly kind: 'client-certificate';
  readonly certificates: readonly string[];
  readonly description: string | null;
}

/** How many addresses of one endpoint are probed, and remembered. */
export const MAX_ADDRESSES = 64;

/** How many certificates of one bundle are remembered: one item of the table holds 400 KB. */
export const MAX_REMEMBERED = 10_000;

/** Whether it is a bundle of certificates: a file, or a truststore wherever it lies. */
export function isBundle(content: Content | null): content is BundleContent {
  return content?.kind === 'truststore' || content?.kind === 'file';
}

/** Every fingerprint that a content names, each once. */
export function certificatesOf(content: Content | null): readonly string[] {
  if (content === null) return [];
  return content.kind === 'endpoint'
    ? [...new Set([...content.chains.flatMap((chain) => chain.certificates), ...(content.unnamed ?? [])])]
    : content.certificates;
}

/** The same, and the issuers on its paths that were not sent: whatever a check may say something of. */
export function certificatesBehind(content: Content | null): readonly string[] {
  const named = certificatesOf(content);
  if (content?.kind !== 'endpoint') return named;
  const verdicts = content.chains.flatMap(({ stores = [] }) => stores);
  return [...new Set([...named, ...verdicts.flatMap(({ outside }) => outside)])];
}

/** How many addresses of an endpoint answered: one that serves two kinds of keys counts once. */
export function addressesThatAnswered({ chains }: Pick<EndpointContent, 'chains'>): number {
  return chains.reduce((sum, chain) => sum + (chain.otherKey ? 0 : chain.addressCount), 0);
}
