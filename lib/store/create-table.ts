import {
  CreateTableCommand,
  type CreateTableCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { INDEXES, PROJECTED } from './schema.ts';
import type { Table } from './table.ts';

/** The definition of the table as CreateTable takes it. */
export function tableDefinition(name: string): CreateTableCommandInput {
  const keys = [
    'pk',
    'sk',
    ...Object.values(INDEXES).flatMap((index) => [index.partitionKey, index.sortKey]),
  ];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: Object.entries(INDEXES).map(([name, index]) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: index.partitionKey, KeyType: 'HASH' },
        { AttributeName: index.sortKey, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...PROJECTED] },
    })),
  };
}

/** Creates the table and waits until it takes requests. Throws the SDK's `ResourceInUseException` where it exists. */
export async function createTable(table: Table): Promise<void> {
  await table.client.send(new CreateTableCommand(tableDefinition(table.name)));
  await waitUntilTableExists(
    { client: table.client, maxWaitTime: 60, minDelay: 0.02, maxDelay: 1 },
    { TableName: table.name },
  );
}
