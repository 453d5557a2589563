import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordCertificates } from '../../lib/store/certificates.ts';
import { tableDefinition } from '../../lib/store/create-table.ts';
import { latestRuns, putRun } from '../../lib/store/runs.ts';
import { readStates } from '../../lib/store/state.ts';
import { StoreError } from '../../lib/store/store-error.ts';
import { openRemoteTable, tableOf } from '../../lib/store/table.ts';
import { certificate } from './samples.ts';
import {
  errorReply,
  type ScriptedDynamoDb,
  type ScriptedReply,
  scriptedDynamoDb,
} from './scripted-dynamodb.ts';

let server: ScriptedDynamoDb;
let answer: (operation: string, input: unknown) => ScriptedReply;

const described = (changes: object = {}): ScriptedReply => ({
  body: { Table: { ...tableDefinition('notafter'), TableStatus: 'ACTIVE', ...changes } },
});

beforeEach(async () => {
  server = await scriptedDynamoDb((operation, input) => answer(operation, input));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', server.endpoint);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const failure = async (name = 'notafter'): Promise<string> => {
  const error = await openRemoteTable(name).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StoreError);
  return (error as StoreError).message;
};

describe('a table in the cloud', () => {
  it('is opened where the environment says', async () => {
    answer = () => described();
    const table = await openRemoteTable('notafter');

    expect(table.name).toBe('notafter');
    table.client.destroy();
  });

  it('that does not exist is said not to, and where', async () => {
    answer = () => errorReply('ResourceNotFoundException', 'Requested resource not found');

    expect(await failure()).toMatch(/^there is no table notafter at 127\.0\.0\.1:\d+: check the name/);
  });

  it('that may not be used is said with AWS’s reason', async () => {
    answer = () => errorReply('AccessDeniedException', 'User: x is not authorized to perform: y');

    expect(await failure()).toMatch(/was denied \(User: x is not .*\): grant the actions listed in/);
  });

  it('needs credentials that are accepted', async () => {
    answer = () => errorReply('UnrecognizedClientException', 'The security token is invalid.');
    expect(await failure()).toContain('AWS rejected the credentials');

    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect(await failure()).toMatch(/no AWS credentials .*set AWS_PROFILE/);
  });

  it('needs a region', async () => {
    vi.stubEnv('AWS_REGION', undefined);

    expect(await failure()).toContain('no AWS region for table notafter: set AWS_REGION');
  });

  it('that does not answer is said not to', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1');

    expect(await failure()).toMatch(/^DynamoDB at 127\.0\.0\.1:1 does not answer .*ECONNREFUSED/);
  });

  it('of somebody else is refused', async () => {
    answer = () => described({ KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] });
    expect(await failure()).toContain('it has the key (id) and lacks the indexes -, wanted the key (pk, sk)');

    answer = () => described({ GlobalSecondaryIndexes: [] });
    expect(await failure()).toContain('lacks the indexes gsi1, gsi2');
  });

  it('that is only coming is not used yet', async () => {
    answer = () => described({ TableStatus: 'CREATING' });

    expect(await failure()).toContain('is CREATING: try again');
  });

  it('whose name cannot be one is said to be so', async () => {
    answer = () =>
      errorReply('ValidationException', 'Invalid table/index name.  Table/index names, TableName must be');

    expect(await failure('no/name')).toContain('"no/name" cannot be the name of a table');
  });

  it('explains itself later, too', async () => {
    answer = (operation) =>
      operation === 'DescribeTable' ? described() : errorReply('ExpiredTokenException', 'token has expired');
    const table = await openRemoteTable('notafter');

    await expect(latestRuns(table, 1)).rejects.toThrow(/rejected the credentials .*expired.*log in again/);
    table.client.destroy();
  });
});

describe('a table that is throttled', () => {
  const open = () =>
    tableOf(
      new DynamoDBClient({
        endpoint: server.endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }),
      'notafter',
    );

  it('gets what it refused again until it has taken everything', async () => {
    const written: string[] = [];
    answer = (operation, input) => {
      if (operation !== 'BatchWriteItem') return { body: { Responses: { notafter: [] } } };
      const requests = (input as { RequestItems: Record<string, { PutRequest: { Item: Keys } }[]> })
        .RequestItems;
      const [first, ...rest] = requests['notafter'] ?? [];
      if (first !== undefined) written.push(`${first.PutRequest.Item.pk.S} ${first.PutRequest.Item.sk.S}`);
      return { body: { UnprocessedItems: rest.length === 0 ? {} : { notafter: rest } } };
    };
    const certificates = ['one', 'two', 'three'].map((name) => certificate(name));
    await recordCertificates(
      open(),
      certificates.map((one) => ({ certificate: one, der: new Uint8Array([48]) })),
    );

    expect(written.toSorted()).toEqual(
      certificates
        .flatMap(({ fingerprint }) => [`CERT#${fingerprint} CERT`, `CERT#${fingerprint} DER`])
        .toSorted(),
    );
  });

  it('is asked again for what it did not read', async () => {
    let round = 0;
    answer = (_, input) => {
      const { Keys: keys = [] } =
        (input as { RequestItems: Record<string, { Keys: Keys[] }> }).RequestItems['notafter'] ?? {};
      round++;
      if (round === 1) return { body: { Responses: {}, UnprocessedKeys: { notafter: { Keys: keys } } } };
      const [first, ...rest] = keys;
      return {
        body: {
          Responses: { notafter: [{ ...first, target: { S: first?.pk.S.slice(7) } }] },
          UnprocessedKeys: rest.length === 0 ? {} : { notafter: { Keys: rest } },
        },
      };
    };

    expect([...(await readStates(open(), ['a', 'b', 'c'])).keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(round).toBe(4);
  });

  it('is repeated by the SDK for a single write', async () => {
    let round = 0;
    answer = () =>
      ++round === 1
        ? errorReply(
            'ProvisionedThroughputExceededException',
            'The level of configured throughput was exceeded',
          )
        : { body: {} };
    await putRun(open(), {
      id: 'run',
      startedAt: '2026-11-20T10:00:00Z',
      finishedAt: null,
      targets: 0,
      planned: 0,
      observed: 0,
      failed: 0,
      alerts: 0,
      digests: 0,
    });

    expect(round).toBe(2);
  });
});

interface Keys {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}
