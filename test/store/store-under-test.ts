import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createTable } from '../../lib/store/create-table.ts';
import { openEmbedded } from '../../lib/store/embedded.ts';
import { type Table, tableOf } from '../../lib/store/table.ts';

/**
 * An empty inventory for the tests of one file: the embedded one in a temporary directory, or, where
 * NOTAFTER_TEST_DYNAMODB names an endpoint, a new table of that server, which proves that nothing here leans on what
 * only the embedded one does. The returned function gives the table once the tests run.
 */
export function storeUnderTest(): () => Table {
  let table: Table | undefined;
  let close: () => Promise<unknown> = async () => undefined;
  beforeAll(async () => {
    const endpoint = process.env['NOTAFTER_TEST_DYNAMODB'];
    const store = endpoint === undefined || endpoint === '' ? await embeddedTable() : await tableAt(endpoint);
    ({ table, close } = store);
  });
  afterAll(() => close());
  return () => {
    if (table === undefined) throw new Error('the store is there only while tests run');
    return table;
  };
}

interface OpenTable {
  readonly table: Table;
  readonly close: () => Promise<unknown>;
}

async function embeddedTable(): Promise<OpenTable> {
  const directory = await mkdtemp(join(tmpdir(), 'notafter-store-'));
  const store = await openEmbedded(directory);
  const close = async () => {
    await store.close();
    await rm(directory, { recursive: true });
  };
  return { table: store.table, close };
}

async function tableAt(endpoint: string): Promise<OpenTable> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const table = tableOf(client, `notafter-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
  await createTable(table);
  const close = async () => {
    await client.send(new DeleteTableCommand({ TableName: table.name }));
    client.destroy();
  };
  return { table, close };
}

/** Everything that an iterable yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
