import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type {
  AcmContent,
  BundleContent,
  ClientCertificateContent,
  Content,
  DomainContent,
  EndpointContent,
  ServedChain,
} from '../core/content.ts';
import { isBundle } from '../core/content.ts';
import type { LoadedBundle } from '../core/observation.ts';
import { type Item, itemOf, packFingerprints, recordOf, unpackFingerprints } from './codec.ts';
import { SORT_KEYS, targetPartition } from './schema.ts';
import type { Outcome } from './state.ts';
import { StoreError } from './store-error.ts';
import type { Table } from './table.ts';
import { isTooLarge, putIf, updateIf } from './write.ts';

/**
 * Remembers what a target holds, unless something seen later is stored already. Throws a `StoreError` where it does
 * not fit into an item of 400 KB, which takes a bundle of more than 10,000 certificates.
 *
 * @param observedAt When it was seen, ISO 8601 UTC.
 */
export async function recordContent(
  table: Table,
  targetId: string,
  content: Content,
  observedAt: string,
): Promise<Outcome> {
  const item = itemOf(
    { pk: targetPartition(targetId), sk: SORT_KEYS.content },
    { target: targetId, observedAt, ...pack(content) },
  );
  const condition = {
    expression: 'attribute_not_exists(pk) OR attribute_not_exists(observedAt) OR observedAt <= :observed',
    values: { ':observed': observedAt },
  };
  try {
    return (await putIf(table, item, condition)) ? 'written' : 'stale';
  } catch (error) {
    if (isTooLarge(error)) {
      throw new StoreError(
        `${targetId} holds more than the inventory can keep of one target (400 KB, some 10,000 certificates): split the bundle`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** What a target was last seen to hold; undefined where it never was. */
export async function readContent(table: Table, targetId: string): Promise<Content | undefined> {
  const { Item: item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: { pk: targetPartition(targetId), sk: SORT_KEYS.content } }),
  );
  return item && contentOf(item);
}

/** The content that an item keeps; undefined for one of a kind that is not known here. */
export function contentOf(item: Item): Content | undefined {
  const { target, observedAt, ...fields } = item;
  if (fields['kind'] === 'endpoint') {
    const content = recordOf<EndpointContent>(fields, { kind: 'endpoint', chains: [], failures: [] });
    return { ...content, chains: content.chains.map((chain) => unpackChain({ ...chain })) };
  }
  const certificates = unpackFingerprints(fields['certificates']);
  switch (fields['kind']) {
    case 'domain':
      return recordOf<DomainContent>({ ...fields, certificates }, NO_DOMAIN);
    case 'acm':
      return recordOf<AcmContent>({ ...fields, certificates }, NO_ACM);
    case 'client-certificate':
      return recordOf<ClientCertificateContent>(
        { ...fields, certificates },
        { kind: 'client-certificate', certificates: [], description: null },
      );
    case 'truststore':
    case 'file':
      return unpackBundle({ ...fields, certificates }, fields['kind']);
    default:
      return undefined;
  }
}

const NO_DOMAIN: DomainContent = {
  kind: 'domain',
  certificates: [],
  endpointType: '',
  status: null,
  statusMessage: null,
  certificateArn: null,
  ownershipArn: null,
  truststore: null,
  truststoreWarnings: [],
};

const NO_ACM: AcmContent = {
  kind: 'acm',
  certificates: [],
  replaced: [],
  status: '',
  type: '',
  inUse: null,
  usedBy: [],
  renews: false,
  renewal: null,
  reason: null,
};

function unpackBundle(fields: Item, kind: BundleContent['kind']): BundleContent {
  const bundle = recordOf<BundleContent>(fields, {
    kind,
    certificates: [],
    blocks: 0,
    duplicates: 0,
    unreadable: [],
    privateKeyLines: [],
  });
  const { loaded } = bundle;
  return loaded === undefined ? bundle : { ...bundle, loaded: withVersions(loaded, unpackFingerprints) };
}

function withVersions(loaded: LoadedBundle, convert: (certificates: unknown) => unknown): LoadedBundle {
  const versions = loaded.versions.map((each) => ({ ...each, certificates: convert(each.certificates) }));
  return { ...loaded, versions: versions as LoadedBundle['versions'] };
}

function pack(content: Content): object {
  if (content.kind !== 'endpoint') {
    const packed = { ...content, certificates: packFingerprints(content.certificates) };
    if (!isBundle(content) || content.loaded === undefined) return packed;
    const pack = (certificates: unknown) => packFingerprints(certificates as readonly string[]);
    return { ...packed, loaded: withVersions(content.loaded, pack) };
  }
  const chains = content.chains.map((chain) => ({
    ...chain,
    certificates: packFingerprints(chain.certificates),
  }));
  return { ...content, chains };
}

function unpackChain(chain: Item): ServedChain {
  return recordOf<ServedChain>(
    { ...chain, certificates: unpackFingerprints(chain['certificates']) },
    {
      certificates: [],
      path: [],
      anchor: null,
      verdict: null,
      nameMatches: null,
      clientCertificateRequired: false,
      protocol: null,
      cipher: null,
      keyExchangeGroup: null,
      addressCount: 0,
      addresses: [],
    },
  );
}

/**
 * Dates a content that was seen after `instant` (ISO 8601) back to it: the clock that says so was wrong. What was seen
 * is as true as ever.
 */
export async function redateContent(table: Table, id: string, instant: string): Promise<void> {
  const key = { pk: targetPartition(id), sk: SORT_KEYS.content };
  const condition = { expression: 'observedAt > :now', values: { ':now': instant } };
  await updateIf(table, key, { observedAt: instant }, condition);
}
