import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { batchGet } from './batch.ts';
import { type Item, keyName } from './codec.ts';
import { INDEXES, type Key } from './schema.ts';
import type { Table } from './table.ts';

/** A part of one partition, of the table or of an index. */
export interface Range {
  /** The table itself when left out. */
  readonly index?: keyof typeof INDEXES;
  readonly partition: string;
  /** Sort keys that begin with this. */
  readonly prefix?: string;
  /** Sort keys from this one on, and up to that one: both inclusive. */
  readonly between?: readonly [string, string];
  readonly newestFirst?: boolean;
  /** Items per request; as many as fit into 1 MB when left out. */
  readonly pageSize?: number;
}

/** The items of a range in the order of their sort keys, read page by page as they are taken. */
export async function* queryItems(table: Table, range: Range): AsyncGenerator<Item, void, undefined> {
  const { partitionKey, sortKey } =
    range.index === undefined ? { partitionKey: 'pk', sortKey: 'sk' } : INDEXES[range.index];
  const [condition, values] = sortCondition(range);
  const input: QueryCommandInput = {
    TableName: table.name,
    // An index is always behind the table by a little; the table itself is read as it is.
    ...(range.index === undefined ? { ConsistentRead: true } : { IndexName: range.index }),
    KeyConditionExpression: `#pk = :pk${condition}`,
    ExpressionAttributeNames: { '#pk': partitionKey, ...(condition === '' ? {} : { '#sk': sortKey }) },
    ExpressionAttributeValues: { ':pk': range.partition, ...values },
    ScanIndexForward: range.newestFirst !== true,
    ...(range.pageSize === undefined ? {} : { Limit: range.pageSize }),
  };
  let next: Item | undefined;
  do {
    const page = await table.client.send(
      new QueryCommand({ ...input, ...(next === undefined ? {} : { ExclusiveStartKey: next }) }),
    );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}

function sortCondition({ prefix, between }: Range): [string, Record<string, string>] {
  if (prefix !== undefined) return [' AND begins_with(#sk, :prefix)', { ':prefix': prefix }];
  if (between !== undefined) {
    return [' AND #sk BETWEEN :from AND :to', { ':from': between[0], ':to': between[1] }];
  }
  return ['', {}];
}

/**
 * The whole items behind rows of an index, in the rows' order. Rows whose item is gone are left out: an index is
 * behind, and on the local disk a killed process can leave a row without its item.
 */
export async function* itemsBehind(
  table: Table,
  rows: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  let keys: Key[] = [];
  const fetch = async (): Promise<Item[]> => {
    const found = new Map((await batchGet(table, keys)).map((item) => [keyName(item), item]));
    const items = keys.map((key) => found.get(keyName(key))).filter((item) => item !== undefined);
    keys = [];
    return items;
  };
  for await (const row of rows) {
    keys.push({ pk: String(row['pk']), sk: String(row['sk']) });
    if (keys.length === 100) yield* await fetch();
  }
  yield* await fetch();
}
