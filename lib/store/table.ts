import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { explainRemote } from './explain-remote.ts';
import { INDEXES } from './schema.ts';
import { explainErrors, StoreError } from './store-error.ts';

/** The inventory: one DynamoDB table, and a client that reaches it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** A `Table` over a configured client. Closing the table is destroying its client. */
export function tableOf(client: DynamoDBClient, name: string): Table {
  return {
    client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    name,
  };
}

/**
 * The table `name` in the account and region that the SDK's usual environment names (`AWS_REGION`, `AWS_PROFILE`,
 * `AWS_ENDPOINT_URL_DYNAMODB`, …). Throws a `StoreError` where there is no such table, it is not a table of this
 * program, or it cannot be reached.
 */
export async function openRemoteTable(name: string): Promise<Table> {
  const client = new DynamoDBClient({
    // Six attempts with growing, jittered pauses outlast the half minute in which a table adapts to a burst.
    maxAttempts: 6,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  });
  // Only a request knows what endpoint the environment came to.
  let host = 'AWS';
  client.middlewareStack.add(
    (next) => (args) => {
      const { hostname, port } = args.request as { readonly hostname: string; readonly port?: number };
      host = port === undefined ? hostname : `${hostname}:${port}`;
      return next(args);
    },
    { step: 'build', name: 'rememberHost' },
  );
  explainErrors(client, (error) => explainRemote(error, name, host));
  try {
    const { Table: found } = await client.send(new DescribeTableCommand({ TableName: name }));
    const keys = (found?.KeySchema ?? []).map((key) => key.AttributeName).join(', ');
    const indexes = new Set(found?.GlobalSecondaryIndexes?.map((index) => index.IndexName));
    const missing = Object.keys(INDEXES).filter((index) => !indexes.has(index));
    if (keys !== 'pk, sk' || missing.length > 0) {
      throw new StoreError(
        `table ${name} is not an inventory of NotAfter: it has the key (${keys}) and lacks the indexes ` +
          `${missing.join(', ') || '-'}, wanted the key (pk, sk) and ${Object.keys(INDEXES).join(', ')}; ` +
          'name another table, or create one as docs/data-model.md shows',
      );
    }
    if (found?.TableStatus === 'CREATING' || found?.TableStatus === 'DELETING') {
      throw new StoreError(`table ${name} is ${found.TableStatus}: try again in a minute`);
    }
    return tableOf(client, name);
  } catch (error) {
    client.destroy();
    throw error;
  }
}
