import type { Endpoint } from './endpoint.ts';
import type { ThresholdOverrides } from './ladder.ts';
import { type Reach, reachOf } from './reach.ts';

/**
 * What can be watched: `endpoint` is probed over TLS; `truststore` is a PEM bundle whose CAs an mTLS endpoint
 * accepts clients from; `file` is any other PEM or DER file. What an AWS account lists: `acm` is a certificate in ACM,
 * `domain` a custom domain of API Gateway, `client-certificate` one that API Gateway shows to its backends.
 */
export type TargetKind = 'endpoint' | 'truststore' | 'file' | AwsKind;

export type AwsKind = 'acm' | 'domain' | 'client-certificate';

interface TargetBase {
  /** `endpoint:host:port[/protocol][#serverName]`, `truststore:/path`, `file:/path`: unique and stable. */
  readonly id: string;
  /** Who hears about it; null where nobody was named. */
  readonly owner: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Rungs that replace the default ones. */
  readonly thresholds?: ThresholdOverrides;
  /** A fixed probe cadence in milliseconds instead of the one that follows the remaining time. */
  readonly everyMs?: number;
}

export interface EndpointTarget extends TargetBase, Reach {
  readonly kind: 'endpoint';
  readonly endpoint: Endpoint;
  /** The id of the `acm` target whose certificate it is meant to serve, where that is known. */
  readonly serves?: string;
  /** The id of the `truststore` target that its clients are meant to be checked against, where that is known. */
  readonly truststore?: string;
}

export interface BundleTarget extends TargetBase {
  readonly kind: 'truststore' | 'file';
  /** Absolute path, or for a truststore that API Gateway loaded `s3://bucket/key`. */
  readonly path: string;
  /** For what an AWS account lists. */
  readonly place?: AwsPlace;
}

/** The account and region whose listing names a target. */
export interface AwsPlace {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/** Something that an AWS account lists. */
export interface AwsTarget extends TargetBase {
  readonly kind: AwsKind;
  readonly place: AwsPlace;
  readonly arn: string;
  /** What a person calls it: a domain name, the id of a client certificate. From outside: escape it per output. */
  readonly name: string;
}

export type Target = EndpointTarget | BundleTarget | AwsTarget;

/** Changes with everything that a person says of a target and that its findings or their owner depend on. */
export function settingsKey(target: Target): string {
  const text = JSON.stringify([
    target.owner,
    target.thresholds,
    target.everyMs,
    target.kind === 'endpoint' && endpointSettings(target),
  ]);
  // FNV-1a: small enough for an item that is written with every look; a collision delays one look.
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

/** What was added to the first three changes the key only where it is used: else every target would be looked at at once. */
function endpointSettings({ serves, truststore, ...target }: EndpointTarget): readonly unknown[] {
  const { ca, network, ...more } = reachOf(target);
  const first = [ca, network, serves];
  return truststore === undefined && Object.keys(more).length === 0 ? first : [...first, more, truststore];
}

/** The canonical id of an endpoint target. */
export function endpointTargetId({ host, port, serverName, starttls }: Endpoint): string {
  const place = host.includes(':') ? `[${host}]` : host;
  const protocol = starttls === undefined ? '' : `/${starttls}`;
  return `endpoint:${place}:${port}${protocol}${serverName === host ? '' : `#${serverName}`}`;
}

/** The canonical id of a bundle target. */
export function bundleTargetId(kind: BundleTarget['kind'], path: string): string {
  return `${kind}:${path}`;
}

/** The canonical id of something that an AWS account lists: ARNs of custom domains name no account. */
export function awsTargetId(kind: AwsKind, { account, region }: AwsPlace, name: string): string {
  return `${kind}:${account}/${region}/${name}`;
}

/** The canonical id of a truststore that domains in one place loaded from S3. */
export function loadedTruststoreId(uri: string, { account, region }: AwsPlace): string {
  return `truststore:${uri}@${account}/${region}`;
}

/** What a person calls the target: the id, without its kind where the rest speaks for itself. */
export function targetLabel(id: string): string {
  return /^(?:acm|domain|client-certificate):/.test(id) ? id : id.slice(id.indexOf(':') + 1);
}
