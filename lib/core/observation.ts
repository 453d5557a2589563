import type { CaaFinding } from './caa-finding.ts';
import type { Certificate } from './certificate.ts';
import type { PathProblem } from './path-problem.ts';
import type { Failure } from './reason.ts';
import type { RevocationStatus } from './revocation.ts';

/** What was seen of a target at one instant: facts, no opinion. Not being able to look is an observation too. */
export type Observation = EndpointObservation | BundleObservation | AwsObservation;

type AwsObservation = AcmObservation | DomainObservation | ClientCertificateObservation;

/** A trust anchor as far as judging needs it. */
export interface Anchor {
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter: string | null;
}

/** The certificates a peer sent, in that order, and how far they lead. */
export interface PresentedChain {
  /** Exactly as sent: duplicates and strangers included. */
  readonly certificates: readonly Certificate[];
  /**
   * The presented line of issuers: indices into `certificates`, leaf first, each signed by the next. It ends at the
   * first certificate that a known trust anchor issued (a cross-sign above that is superfluous), else where the
   * issuer is missing or at a self-signed certificate. Of several lines the one that lasts longest.
   */
  readonly path: readonly number[];
  /** The trust anchor that issued (or is) the last certificate of `path`; null where none known here did. */
  readonly anchor: Anchor | null;
  /** The anchor is one of Mozilla's: a public CA issued the leaf, and the CA/Browser Forum's rules hold for it. */
  readonly publiclyTrusted?: true;
  /** The rule of RFC 5280 §6 that keeps every line from being a path; absent where it is not a rule that is missing. */
  readonly problem?: PathProblem;
  /** OpenSSL's objection (`CERT_HAS_EXPIRED`, …), taken at the host's own clock; null where it had none. */
  readonly verdict: string | null;
  /** What each trust store that was asked makes of it, in the order asked; absent where none was. */
  readonly stores?: readonly StoreVerdict[];
  /** What the OCSP response says that came with it; absent where none came. */
  readonly staple?: RevocationStatus;
}

/** The best certification path that clients with one trust store can build (RFC 5280 §6). */
export interface StoreVerdict {
  readonly store: string;
  /** Fingerprints from the leaf to the anchor; empty where there is no path. */
  readonly path: readonly string[];
  /** Name of the anchor (RFC 4514), which is in no other list; absent where there is no path. */
  readonly anchor?: string;
  /** When the first certificate on the path ends: from then on these clients refuse. Null where there is no such date. */
  readonly notAfter: string | null;
  /** Fingerprint of the certificate that ends first. */
  readonly firstToEnd: string | null;
  /** Those on the path that were not sent and are no anchor: only clients that have or fetch them get through. */
  readonly outside: readonly string[];
  /** Why the path is not valid now, or why there is none; null where all is well. */
  readonly problem: PathProblem | null;
  /** There were more lines of issuers than were followed: there may be a better path. */
  readonly exhausted?: true;
}

/** One TLS conversation with one address that got as far as a certificate. */
export interface Answer {
  readonly chain: PresentedChain;
  /** `TLSv1.3`; null where the conversation ended before one was agreed. */
  readonly protocol: string | null;
  /** The cipher suite by its IANA name (`TLS_AES_256_GCM_SHA384`). */
  readonly cipher: string | null;
  /** The key-exchange group (`X25519MLKEM768`, `X25519`, `prime256v1`, `RSA` for a static exchange). */
  readonly keyExchangeGroup: string | null;
  /** The server refused to go on without a client certificate. */
  readonly clientCertificateRequired: boolean;
  /** The server asked for a client certificate, whether or not it went on without one. */
  readonly clientCertificateRequested?: true;
  /** The server did not accept the client certificate that it was shown. */
  readonly clientCertificateRefused?: true;
  /**
   * Why the handshake did not complete, though the certificates came: nothing then proves that they are the server's own.
   * Absent where it did, and where it was a client certificate that was missing.
   */
  readonly brokenOff?: Failure;
  /** Only a second attempt got this far, in which everything is allowed that current clients refuse, by such a thing. */
  readonly legacy?: true;
}

export interface AddressObservation {
  /** An IP literal; the name itself where a proxy resolved it. */
  readonly address: string;
  /** Exactly one of `answer` and `failure` is there. */
  readonly answer?: Answer;
  readonly failure?: Failure;
  /** What it answers to a client that can only verify the other kind of signature, RSA or ECDSA. Of a deep look. */
  readonly otherKey?: Answer;
  /** What it shows a client that sends no name, where that is another leaf. No client that asks by name ever sees it. */
  readonly unnamed?: PresentedChain;
  /** What a deep look asked here in vain, so that nothing is said of it: not the same as "there is none". */
  readonly unanswered?: readonly ('otherKey' | 'unnamed')[];
  /** Milliseconds from the first packet to the verdict, DNS excluded. */
  readonly elapsedMs: number;
}

/** What further conversations showed, which are held when something changed, or after a week: docs/probing.md. */
export interface DeepLook {
  /** Whether a version of TLS is spoken; null where that could not be told. Of the first address that answered. */
  readonly versions: Readonly<Record<TlsVersion, boolean | null>>;
  /**
   * RFC 4514 names of the CAs whose client certificates the server asks for. Absent where it asks for none, or speaks
   * TLS 1.3 only, which encrypts them.
   */
  readonly clientAuthorities?: readonly string[];
  /** How many it named besides: too many, too long, or unreadable. Absent where these are all. */
  readonly moreAuthorities?: number;
  /** Set where it could not be told whether it asks for any. */
  readonly authoritiesUnknown?: true;
}

export const TLS_VERSIONS = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'] as const;

/** As Node names them. */
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What others say of what was served: its CAs, and DNS. Each part is absent where it was not asked for. */
export interface Inquiry {
  /** By fingerprint: the leaves and the CAs on the way to their anchors. */
  readonly revocation?: Readonly<Record<string, RevocationStatus>>;
  /** By fingerprint of a leaf whose issuers were not all sent: whether a client that fetches them (AIA) succeeds. */
  readonly fetched?: Readonly<Record<string, boolean>>;
  /** Which CAs may issue for the server name. */
  readonly caa?: CaaFinding;
  /** What certificates point to, and what is not there. */
  readonly deadUrls?: readonly DeadUrl[];
}

export interface DeadUrl {
  /** The certificate that names it. */
  readonly fingerprint: string;
  /** From outside: escape it per output. */
  readonly url: string;
  readonly purpose: 'crl' | 'issuer' | 'ocsp';
  /** A sentence fragment. */
  readonly why: string;
}

export interface EndpointObservation {
  readonly kind: 'endpoint';
  readonly observedAt: Date;
  /** One per address probed, in the resolver's order; empty where the name could not be resolved. */
  readonly addresses: readonly AddressObservation[];
  /** How many addresses the name had; more than `addresses` holds where the cap was reached. */
  readonly addressesKnown: number;
  /** Absent where nobody looked that deep this time. */
  readonly deep?: DeepLook;
  /** Absent where nobody was asked this time. */
  readonly inquiry?: Inquiry;
  /** A family whose addresses could not be asked for while the other one has some. "There are none" is an answer. */
  readonly unresolved?: readonly { readonly family: 4 | 6; readonly failure: Failure }[];
  /** Why there are no addresses at all. */
  readonly failure?: Failure;
}

/** A block of a PEM file that could not be used. */
export interface UnreadableBlock {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly reason: string;
}

export interface BundleObservation {
  readonly kind: 'truststore' | 'file';
  readonly observedAt: Date;
  /** In file order, each fingerprint once. */
  readonly certificates: readonly Certificate[];
  /** Certificate blocks present, readable or not. */
  readonly blocks: number;
  readonly unreadable: readonly UnreadableBlock[];
  /** How many certificates stood in the file more than once. */
  readonly duplicates: number;
  /** First lines of private-key blocks. Their content is never kept. */
  readonly privateKeyLines: readonly number[];
  /** Why nothing could be read at all. */
  readonly failure?: Failure;
  /** What domains of API Gateway have loaded; absent for a file. `certificates` is the union over these. */
  readonly loaded?: LoadedBundle;
}

/** One object in S3, as the custom domains of one account and region have loaded it. */
export interface LoadedBundle {
  /** Each object version that some domain uses, the one with most domains first. */
  readonly versions: readonly LoadedVersion[];
  /** The version that is in S3 now; null for a bucket without versioning, absent where it could not be learned. */
  readonly latest?: string | null;
}

export interface LoadedVersion {
  /** Null where the domain names none: what API Gateway loaded cannot be known, the object of today was read. */
  readonly version: string | null;
  readonly domains: readonly string[];
  /** Fingerprints in file order, each once. */
  readonly certificates: readonly string[];
}

/** A certificate of ACM, as ACM describes it. */
export interface AcmObservation extends AcmFacts {
  readonly kind: 'acm';
  readonly observedAt: Date;
  /** The leaf, then its chain as ACM keeps it; empty where none was issued (yet). */
  readonly certificates: readonly Certificate[];
  readonly failure?: Failure;
}

/** What ACM says of a certificate beside the certificate. */
export interface AcmFacts {
  /** ISSUED, PENDING_VALIDATION, EXPIRED, REVOKED, …; a value that came later is kept as it is. */
  readonly status: string;
  /** AMAZON_ISSUED, PRIVATE or IMPORTED. */
  readonly type: string;
  /** Whether anything uses it; null where ACM does not say. */
  readonly inUse: boolean | null;
  /** ARNs of what uses it, at most `MAX_USERS`. */
  readonly usedBy: readonly string[];
  /** Whether ACM renews it by itself (managed renewal). */
  readonly renews: boolean;
  /** PENDING_AUTO_RENEWAL, PENDING_VALIDATION, SUCCESS or FAILED; null where no renewal has begun. */
  readonly renewal: string | null;
  /** Why the request, or its renewal, failed; null where it did not. */
  readonly reason: string | null;
}

export const MAX_USERS = 20;

/** A custom domain of API Gateway. Its truststore is a target of its own, and so is what it serves. */
export interface DomainObservation extends DomainFacts {
  readonly kind: 'domain';
  readonly observedAt: Date;
  /** The certificate that proves its ownership, where ACM told of it; it is in no handshake. */
  readonly certificates: readonly Certificate[];
  readonly failure?: Failure;
}

export interface DomainFacts {
  /** EDGE, REGIONAL or PRIVATE. */
  readonly endpointType: string;
  /** AVAILABLE, UPDATING, PENDING_OWNERSHIP_VERIFICATION, …; null where API Gateway gives none. */
  readonly status: string | null;
  readonly statusMessage: string | null;
  /** ARN of the certificate that it serves; null where it names none. */
  readonly certificateArn: string | null;
  /** ARN of the certificate that proves its ownership: it is in no handshake, and updates lock when it ends. */
  readonly ownershipArn: string | null;
  readonly truststore: { readonly uri: string; readonly version: string | null } | null;
  /** What API Gateway found at the truststore when the domain was last updated. From outside. */
  readonly truststoreWarnings: readonly string[];
}

/** A client certificate that API Gateway generated, and shows to backends. It lives for 365 days. */
export interface ClientCertificateObservation {
  readonly kind: 'client-certificate';
  readonly observedAt: Date;
  readonly certificates: readonly Certificate[];
  readonly description: string | null;
  readonly failure?: Failure;
}
