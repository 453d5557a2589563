import { createHash } from 'node:crypto';
import type { Severity } from '../core/severity.ts';
import type { Cadence } from '../core/state.ts';
import type { TargetKind } from '../core/target.ts';

/**
 * The names and keys of the one table. Nothing here needs the SDK, so that what defines the table in the cloud can
 * share it with what reads and writes it. docs/data-model.md shows every access pattern these keys serve.
 */

/** Epoch seconds after which DynamoDB may delete an item. Housekeeping only: no reader depends on it. */
export const TTL_ATTRIBUTE = 'ttl';

/** The two overloaded global secondary indexes, by the names of their key attributes. */
export const INDEXES = {
  gsi1: { partitionKey: 'gsi1pk', sortKey: 'gsi1sk' },
  gsi2: { partitionKey: 'gsi2pk', sortKey: 'gsi2sk' },
} as const;

/**
 * What both indexes carry besides keys: enough for the lists. Nothing that changes with an ordinary observation may
 * ever stand here, because each such write would then be charged a second and a third time.
 */
export const PROJECTED = [
  'addedAt',
  'behind',
  'check',
  'config',
  'definition',
  'fingerprint',
  'firstSeenAt',
  'issuer',
  'kind',
  'message',
  'network',
  'notAfter',
  'openedAt',
  'origin',
  'owner',
  'role',
  'severity',
  'subject',
  'target',
  'withdrawnAt',
] as const;

/** Everything about one target lies in one partition, so that one query reads it. */
export const SORT_KEYS = {
  target: 'TARGET',
  state: 'STATE',
  content: 'CONTENT',
  finding: 'FINDING#',
  certificate: 'CERT',
  der: 'DER',
  sighting: 'AT#',
  expires: 'EXPIRES#',
  lease: 'LEASE',
  said: 'SAID#',
} as const;

/** Index partition of digests that some channel has not accepted yet. */
export const UNDELIVERED = 'UNDELIVERED';

/** Index partition of ledger entries whose alerts no stored digest carries yet. */
export const PENDING = 'PENDING';

/** How many index partitions share the rows that would otherwise all fall into one. */
export const SHARDS = 8;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

// A partition key holds 2048 bytes and a sort key 1024, in which a date and a fingerprint may stand before the name.
const LONGEST_NAME = 600;

/**
 * The part of a key that stands for a target id, an owner or a holder: the text itself, or, where that is too long
 * for a key, its beginning and its SHA-256. The text is always an attribute of the item as well: read it there.
 */
export function keyPart(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST_NAME) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  return `${text.slice(0, 130).toWellFormed()}~${digest}`;
}

export const targetPartition = (id: string): string => `TARGET#${keyPart(id)}`;
export const certificatePartition = (fingerprint: string): string => `CERT#${fingerprint}`;
export const historyPartition = (id: string): string => `HISTORY#${keyPart(id)}`;
/** Targets that no index can know to be due yet. */
export const DUE = 'DUE';

/** The hashes of the definitions that deployments applied. */
export const DEFINITIONS = 'DEFINITIONS';
export const definitionsKey = (origin: string): Key => ({ pk: DEFINITIONS, sk: keyPart(origin) });

/** What came of the messages of one run. */
export const runPartition = (run: string): string => `RUN#${run}`;

/** What one source in the cloud has listed. */
export const listedPartition = (source: string): string => `LISTED#${source}`;

/** Sources are few: one query lists them all. */
export const SOURCES = 'SOURCES';
export const sourceKey = (source: string): Key => ({ pk: SOURCES, sk: keyPart(source) });
/** What people accepted: few, and every run reads them all. */
export const ACKNOWLEDGEMENTS = 'ACKNOWLEDGEMENTS';
/** The text messages of a month (`2026-11`), an item for each digest that asked for some. */
export const textsPartition = (month: string): string => `TEXTS#${month}`;
export const leaseKey = (name: string): Key => ({ pk: `LEASE#${name}`, sk: SORT_KEYS.lease });

/** Runs and digests lie in one partition each, by their instant: a few writes per run, and no clock is needed to read them. */
export const RUNS = 'RUNS';
export const DIGESTS = 'DIGESTS';

/** Index partitions. */
export const kindPartition = (kind: TargetKind): string => `KIND#${kind}`;
export const ownerPartition = (owner: string | null): string => `OWNER#${keyPart(owner ?? '-')}`;
export const severityPartition = (severity: Severity): string => `SEVERITY#${severity}`;
export const cadencePartition = (cadence: Cadence, shard: number): string => `CADENCE#${cadence}#${shard}`;
/** Targets that want to be looked at before the regular turn of their class, by the instant. */
export const attentionPartition = (shard: number): string => `ATTENTION#${shard}`;
export const expiresPartition = (shard: number): string => `EXPIRES#${shard}`;

/** Index partition of the CAs with one name, by its `nameKey`: the encodings that paths are built from. */
export const issuersPartition = (name: string): string => `ISSUERS#${keyPart(name)}`;

/** 256 partitions by the first byte: what a person types of a fingerprint is found from its second digit on. */
export const prefixPartition = (fingerprint: string): string => `CERTS#${fingerprint.slice(0, 2)}`;

/** The shard of a certificate: its fingerprint is evenly spread as it is. */
export function shardOfFingerprint(fingerprint: string): number {
  return (Number.parseInt(fingerprint.slice(0, 2), 16) || 0) % SHARDS;
}

/** The shard of a target: ids are not evenly spread, their digests are. */
export function shardOfTarget(id: string): number {
  return (createHash('sha256').update(id).digest()[0] ?? 0) % SHARDS;
}
