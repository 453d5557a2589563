import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BundleObservation, LoadedVersion } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { type AwsPlace, type BundleTarget, loadedTruststoreId } from '../../core/target.ts';
import { readBundle } from '../../x509/bundle.ts';
import { readBoundedStream } from '../read-bounded.ts';
import { type AwsError, asError, failureOf } from './failure.ts';
import { partitionOf } from './place-clients.ts';

/** A truststore, and which domains use which version of it. */
export interface TruststoreUse {
  /** `s3://bucket/key`. */
  readonly uri: string;
  readonly users: readonly { readonly domain: string; readonly version: string | null }[];
}

/** The target of a truststore that domains of one place have loaded. */
export function truststoreTarget(uri: string, place: AwsPlace): BundleTarget {
  return { kind: 'truststore', id: loadedTruststoreId(uri, place), path: uri, place, owner: null, tags: {} };
}

/** Reads every version of a truststore that some domain uses. Never rejects. */
export async function readTruststore(
  s3: S3Client,
  { uri, users }: TruststoreUse,
  observedAt: Date,
): Promise<BundleObservation> {
  const nothing = {
    kind: 'truststore',
    observedAt,
    certificates: [],
    blocks: 0,
    unreadable: [],
    duplicates: 0,
    privateKeyLines: [],
  } as const;
  const object = parseUri(uri);
  if (object === undefined) {
    return { ...nothing, failure: { reason: 'object_not_found', detail: `${uri} is not an address in S3` } };
  }
  const byVersion = [...Map.groupBy(users, ({ version }) => version)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  const versions: LoadedVersion[] = [];
  const readings: ReturnType<typeof readBundle>[] = [];
  for (const [version, group] of byVersion) {
    const bytes = await readObject(s3, object, version);
    if (!Buffer.isBuffer(bytes)) return { ...nothing, failure: bytes };
    const reading = readBundle(bytes);
    readings.push(reading);
    const certificates = reading.certificates.map(({ fingerprint }) => fingerprint);
    versions.push({ version, domains: group.map(({ domain }) => domain).toSorted(), certificates });
  }
  const latest = await latestVersion(s3, object);
  const union = new Map(readings.flatMap((each) => each.certificates.map((one) => [one.fingerprint, one])));
  const sum = (count: (reading: (typeof readings)[number]) => number) =>
    readings.reduce((total, reading) => total + count(reading), 0);
  const observation: BundleObservation = {
    ...nothing,
    certificates: [...union.values()],
    blocks: sum(({ blocks }) => blocks),
    duplicates: sum(({ duplicates }) => duplicates),
    unreadable: readings.flatMap(({ unreadable }) => unreadable),
    privateKeyLines: readings.flatMap(({ privateKeyLines }) => privateKeyLines),
    loaded: { versions, ...(latest === undefined ? {} : { latest }) },
  };
  if (union.size > 0) return observation;
  return {
    ...observation,
    failure: { reason: 'no_certificates', detail: `no readable certificate in ${uri}` },
  };
}

interface S3Object {
  readonly Bucket: string;
  readonly Key: string;
}

function parseUri(uri: string): S3Object | undefined {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return Bucket === undefined || Key === undefined ? undefined : { Bucket, Key };
}

async function readObject(s3: S3Client, object: S3Object, version: string | null): Promise<Buffer | Failure> {
  try {
    const { Body: body } = await s3.send(
      new GetObjectCommand({ ...object, ...(version === null ? {} : { VersionId: version }) }),
    );
    const reading = await readBoundedStream(body as Readable);
    return 'failure' in reading ? reading.failure : reading.bytes;
  } catch (error) {
    return explain(asError(error), object, version, s3);
  }
}

/** The version that lies there now; null without versioning, undefined where S3 does not say. */
async function latestVersion(s3: S3Client, object: S3Object): Promise<string | null | undefined> {
  try {
    const { VersionId: version } = await s3.send(new HeadObjectCommand(object));
    return version === undefined || version === 'null' ? null : version;
  } catch {
    // Deleted since, or denied: what the domains have loaded was read, and that is what counts.
    return undefined;
  }
}

async function explain(
  error: AwsError,
  { Bucket, Key }: S3Object,
  version: string | null,
  s3: S3Client,
): Promise<Failure> {
  const region = await s3.config.region();
  const arn = `arn:${partitionOf(region)}:s3:::${Bucket}/${Key}`;
  const action = version === null ? 's3:GetObject' : 's3:GetObjectVersion';
  switch (error.name) {
    case 'NoSuchBucket':
    case 'NoSuchKey':
    case 'NotFound':
      return { reason: 'object_not_found', detail: `${arn}: ${error.name}` };
    case 'NoSuchVersion':
      return { reason: 'object_not_found', detail: `${arn} has no version ${version} any more` };
  }
  const failure = failureOf(error);
  if (failure.reason !== 'access_denied')
    return { ...failure, detail: `${arn}: ${failure.detail ?? error.name}` };
  if (/kms/i.test(error.message)) {
    return { reason: 'access_denied', detail: `allow kms:Decrypt on the key of ${arn}` };
  }
  // Without s3:ListBucket a missing object is denied, too.
  return {
    reason: 'object_missing_or_denied',
    detail: `allow ${action} on ${arn}, and s3:ListBucket on its bucket`,
  };
}
