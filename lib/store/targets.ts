import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TargetRecord } from '../core/inventory.ts';
import type { Target, TargetKind } from '../core/target.ts';
import { type Item, itemOf } from './codec.ts';
import { queryItems } from './query.ts';
import { keyPart, kindPartition, ownerPartition, SORT_KEYS, targetPartition } from './schema.ts';
import type { Table } from './table.ts';

// A record so that a kind added to the type is missing here until it is added, too.
const KINDS: Readonly<Record<TargetKind, true>> = {
  endpoint: true,
  truststore: true,
  file: true,
  acm: true,
  domain: true,
  'client-certificate': true,
};

/** Every kind of target there is. */
export const TARGET_KINDS = Object.keys(KINDS) as readonly TargetKind[];

/** Which targets are wanted; all of them when empty. `owner: null` means those that nobody owns. */
export interface TargetFilter {
  readonly kind?: TargetKind;
  readonly owner?: string | null;
}

/** Writes the definition of a target, replacing an earlier one. */
export async function putTarget(table: Table, record: TargetRecord): Promise<void> {
  const { target, origin, config, behind, unlisted, unlistedAt, addedAt, withdrawnAt } = record;
  const { id, kind, owner } = target;
  const item = itemOf(
    { pk: targetPartition(id), sk: SORT_KEYS.target },
    { target: id, kind, owner, origin, config, unlisted, unlistedAt, addedAt, withdrawnAt },
    {
      gsi1: [kindPartition(kind), keyPart(id)],
      gsi2: [ownerPartition(owner), `${SORT_KEYS.target}#${keyPart(id)}`],
    },
  );
  // As text: people name tags what they like, and not every name may be that of an attribute ("", "__proto__").
  const definitions = {
    definition: JSON.stringify(target),
    ...(behind === undefined ? {} : { behind: JSON.stringify(behind) }),
  };
  await table.client.send(new PutCommand({ TableName: table.name, Item: { ...item, ...definitions } }));
}

/** The target as it was last written, withdrawn or not. */
export async function getTarget(table: Table, id: string): Promise<TargetRecord | undefined> {
  const { Item: item } = await table.client.send(
    new GetCommand({
      TableName: table.name,
      Key: { pk: targetPartition(id), sk: SORT_KEYS.target },
      ConsistentRead: true,
    }),
  );
  return item && targetRecordOf(item);
}

/**
 * Targets by id within each kind, withdrawn ones included (they have `withdrawnAt`). On AWS a target that was put a
 * moment ago may be missing from it.
 */
export async function* listTargets(
  table: Table,
  { kind, owner }: TargetFilter = {},
): AsyncGenerator<TargetRecord, void, undefined> {
  const ranges =
    owner !== undefined
      ? [{ index: 'gsi2' as const, partition: ownerPartition(owner), prefix: `${SORT_KEYS.target}#` }]
      : (kind === undefined ? TARGET_KINDS : [kind]).map((one) => ({
          index: 'gsi1' as const,
          partition: kindPartition(one),
        }));
  for (const range of ranges) {
    for await (const item of queryItems(table, range)) {
      const record = targetRecordOf(item);
      if (record === undefined || (kind !== undefined && record.target.kind !== kind)) continue;
      // An owner whose name is "-" shares a partition with nobody.
      if (owner === undefined || record.target.owner === owner) yield record;
    }
  }
}

/** Undefined for an item that names nothing that could be watched here, such as a kind that came later. */
export function targetRecordOf(item: Item): TargetRecord | undefined {
  const target = definitionOf(item['definition']);
  if (target === undefined) return undefined;
  const behind = definitionOf(item['behind']);
  const { origin, config, unlisted, unlistedAt, addedAt, withdrawnAt } = item;
  return {
    target,
    origin: origin === 'config' || origin === 'discovered' ? origin : 'command',
    ...(typeof config === 'string' ? { config } : {}),
    ...(behind === undefined ? {} : { behind }),
    ...(typeof unlisted === 'number' && unlisted > 0 ? { unlisted } : {}),
    ...(typeof unlistedAt === 'string' ? { unlistedAt } : {}),
    addedAt: String(addedAt ?? ''),
    ...(typeof withdrawnAt === 'string' ? { withdrawnAt } : {}),
  };
}

function definitionOf(text: unknown): Target | undefined {
  const definition = parse(text);
  if (typeof definition?.id !== 'string' || !TARGET_KINDS.includes(definition.kind)) return undefined;
  if (!namesSomething(definition)) return undefined;
  return { ...definition, owner: definition.owner ?? null, tags: definition.tags ?? {} };
}

function namesSomething(definition: Target): boolean {
  switch (definition.kind) {
    case 'endpoint':
      return Boolean(definition.endpoint?.host);
    case 'truststore':
    case 'file':
      return Boolean(definition.path);
    default:
      return Boolean(definition.arn && definition.place?.account && definition.place.region);
  }
}

function parse(text: unknown): Target | undefined {
  try {
    return (JSON.parse(String(text)) as Target | null) ?? undefined;
  } catch {
    return undefined;
  }
}
