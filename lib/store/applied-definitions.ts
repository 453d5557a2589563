import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { itemOf } from './codec.ts';
import { queryItems } from './query.ts';
import { DEFINITIONS, definitionsKey } from './schema.ts';
import type { Table } from './table.ts';

/** The hash of the definitions that were applied last for this origin; undefined where none were. */
export async function appliedDefinitions(table: Table, origin: string): Promise<string | undefined> {
  const { Item: item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: definitionsKey(origin), ConsistentRead: true }),
  );
  return typeof item?.['hash'] === 'string' ? item['hash'] : undefined;
}

/** What is deployed onto the table, `stack:…` each. */
export async function appliedOrigins(table: Table): Promise<readonly string[]> {
  const origins: string[] = [];
  for await (const { origin } of queryItems(table, { partition: DEFINITIONS })) origins.push(String(origin));
  return origins;
}

/** Notes that they were applied, to the last target. */
export async function noteApplied(table: Table, origin: string, hash: string): Promise<void> {
  const item = itemOf(definitionsKey(origin), { origin, hash });
  await table.client.send(new PutCommand({ TableName: table.name, Item: item }));
}
