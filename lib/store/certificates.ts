import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Certificate, SubjectAltName } from '../core/certificate.ts';
import { nameKey } from '../core/name-key.ts';
import { batchGet, batchWrite } from './batch.ts';
import { clip, type Item, itemOf, keyName, recordOf } from './codec.ts';
import { queryItems } from './query.ts';
import {
  certificatePartition,
  INDEXES,
  issuersPartition,
  type Key,
  prefixPartition,
  SORT_KEYS,
} from './schema.ts';
import type { Table } from './table.ts';

/** A certificate with its encoding; `der` is null where the bytes are not at hand. */
export interface RecordedCertificate {
  readonly certificate: Certificate;
  readonly der: Uint8Array | null;
}

const MAX_NAMES = 100;
const MAX_NAMES_BYTES = 16_000;
const LONGEST_NAME = 2_000;
const MAX_DER_BYTES = 350_000;

/** How many fingerprints a process remembers as written. */
const MEMORY = 20_000;
const written = new WeakMap<Table, Set<string>>();

/**
 * Keeps certificates that are not kept yet. What is there stays: it says the same, under the SHA-256 of its content.
 * Long lists of names are cut and counted; an encoding of more than 350 KB is only noted.
 */
export async function recordCertificates(
  table: Table,
  certificates: readonly RecordedCertificate[],
): Promise<void> {
  const memory = written.get(table) ?? new Set();
  written.set(table, memory);
  const items = new Map<string, Item & Key>();
  for (const { certificate, der } of certificates) {
    if (memory.has(certificate.fingerprint)) continue;
    const parts = [certificateItem(certificate), ...(der === null ? [] : [derItem(certificate, der)])];
    for (const item of parts) items.set(keyName(item), item);
  }
  const fresh = [...items.values()];
  // Reading first is cheaper than writes that fail on their condition, and these writes cannot contradict each other.
  const kept = new Set((await batchGet(table, fresh, ['pk', 'sk'])).map(keyName));
  await batchWrite(
    table,
    fresh.filter((item) => !kept.has(keyName(item))).map((item) => ({ put: item })),
  );
  for (const { certificate } of certificates) {
    if (memory.size >= MEMORY) memory.clear();
    memory.add(certificate.fingerprint);
  }
}

/** Those of the certificates that are kept, by fingerprint. Their names may be cut: see `subjectAltNamesOmitted`. */
export async function getCertificates(
  table: Table,
  fingerprints: readonly string[],
): Promise<Map<string, Certificate>> {
  const certificates = (await batchGet(table, fingerprints.map(keyOf))).map(certificateOf);
  return new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]));
}

/** One certificate, if it is kept. */
export async function getCertificate(table: Table, fingerprint: string): Promise<Certificate | undefined> {
  return (await getCertificates(table, [fingerprint])).get(fingerprint);
}

/** The encoding of a certificate; undefined where it is not kept. */
export async function getDer(table: Table, fingerprint: string): Promise<Uint8Array | undefined> {
  const { Item: item } = await table.client.send(
    new GetCommand({
      TableName: table.name,
      Key: { pk: certificatePartition(fingerprint), sk: SORT_KEYS.der },
      ConsistentRead: true,
    }),
  );
  return item?.['der'] instanceof Uint8Array ? item['der'] : undefined;
}

/** How many CAs with one name are looked at: whoever serves certificates can have any number of them kept. */
const MAX_SAME_NAME = 64;

/** The encodings of the CAs that are kept with this subject (RFC 4514), at most 64, in no particular order. */
export async function getIssuers(table: Table, subject: string): Promise<readonly Uint8Array[]> {
  const keys: Key[] = [];
  const range = {
    index: 'gsi2',
    partition: issuersPartition(nameKey(subject)),
    pageSize: MAX_SAME_NAME,
  } as const;
  for await (const item of queryItems(table, range)) {
    if (keys.length === MAX_SAME_NAME) break;
    keys.push({ pk: certificatePartition(String(item[INDEXES.gsi2.sortKey])), sk: SORT_KEYS.der });
  }
  const items = await batchGet(table, keys);
  return items.map((item) => item['der']).filter((der) => der instanceof Uint8Array);
}

/**
 * Fingerprints that begin with what a person typed (two or more hexadecimal digits), at most `limit` of them, in
 * order. Empty for anything else.
 */
export async function findCertificates(table: Table, prefix: string, limit = 10): Promise<readonly string[]> {
  const digits = prefix.toLowerCase();
  if (!/^[0-9a-f]{2,64}$/.test(digits)) return [];
  const found: string[] = [];
  const range = {
    index: 'gsi1',
    partition: prefixPartition(digits),
    prefix: digits,
    pageSize: limit,
  } as const;
  for await (const item of queryItems(table, range)) {
    if (found.length === limit) break;
    found.push(String(item['fingerprint']));
  }
  return found;
}

const keyOf = (fingerprint: string): Key => ({
  pk: certificatePartition(fingerprint),
  sk: SORT_KEYS.certificate,
});

function certificateItem(certificate: Certificate): Item & Key {
  const { fingerprint, subjectAltNames, subject, issuer } = certificate;
  const kept = subjectAltNames === null ? null : firstNames(subjectAltNames);
  const omitted = (subjectAltNames?.length ?? 0) - (kept?.length ?? 0);
  return itemOf(
    keyOf(fingerprint),
    {
      ...certificate,
      subject: clip(subject, LONGEST_NAME),
      issuer: clip(issuer, LONGEST_NAME),
      subjectAltNames: kept,
      ...(omitted === 0 ? {} : { subjectAltNamesOmitted: omitted }),
    },
    { gsi1: [prefixPartition(fingerprint), fingerprint] },
  );
}

/** The first names that fit, each whole: half a name is another name. */
function firstNames(names: readonly SubjectAltName[]): readonly SubjectAltName[] {
  let bytes = 0;
  const end = names.slice(0, MAX_NAMES).findIndex(({ value }) => {
    bytes += Buffer.byteLength(value);
    return value.length > LONGEST_NAME || bytes > MAX_NAMES_BYTES;
  });
  return names.slice(0, end === -1 ? MAX_NAMES : end);
}

/** That of a CA is found by the name of the CA: it may be the issuer that some server does not send. */
function derItem({ fingerprint, role, subject }: Certificate, der: Uint8Array): Item & Key {
  const key = { pk: certificatePartition(fingerprint), sk: SORT_KEYS.der };
  return itemOf(
    key,
    der.length > MAX_DER_BYTES ? { bytes: der.length } : { bytes: der.length, der },
    role === 'leaf' ? {} : { gsi2: [issuersPartition(nameKey(subject)), fingerprint] },
  );
}

function certificateOf(item: Item): Certificate {
  return recordOf<Certificate>(item, {
    fingerprint: '',
    serialNumber: '',
    subject: '',
    issuer: '',
    subjectAltNames: null,
    notBefore: null,
    notAfter: null,
    keyAlgorithm: 'unknown',
    keySize: null,
    signatureAlgorithm: '',
    spkiSha256: null,
    role: 'leaf',
    selfSigned: false,
  });
}
