import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type Item, itemOf, ttlAfter } from './codec.ts';
import { queryItems } from './query.ts';
import { type Key, keyPart, textsPartition } from './schema.ts';
import type { Table } from './table.ts';
import { putIf } from './write.ts';

const KEPT_DAYS = 100;

/** What was decided about the text messages of one digest. */
export interface TextGrant {
  readonly digest: string;
  /** Text messages that it may cause. */
  readonly texts: number;
  /** It was the one that used up the budget: one message said so. */
  readonly last: boolean;
}

/** What was granted in a month (`2026-11`). A sum over items, so that nothing is counted twice. */
export async function listTextGrants(table: Table, month: string): Promise<readonly TextGrant[]> {
  const grants: TextGrant[] = [];
  for await (const item of queryItems(table, { partition: textsPartition(month) }))
    grants.push(grantOf(item));
  return grants;
}

/** Notes what a digest is granted, before anything is sent, and returns what is noted: a retry gets what it got first. */
export async function putTextGrant(
  table: Table,
  month: string,
  grant: TextGrant,
  at: string,
): Promise<TextGrant> {
  const key: Key = { pk: textsPartition(month), sk: keyPart(grant.digest) };
  const item = itemOf(key, grant, { ttl: ttlAfter(at, KEPT_DAYS) });
  if (await putIf(table, item, { expression: 'attribute_not_exists(pk)' })) return grant;
  const { Item: stored } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
  );
  return stored === undefined ? grant : grantOf(stored);
}

function grantOf({ digest, texts, last }: Item): TextGrant {
  return { digest: String(digest ?? ''), texts: Number(texts ?? 0) || 0, last: last === true };
}
