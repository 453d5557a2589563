/// <reference path="../../lib/store/dynalite.d.ts" />

import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';
import { type Table, tableOf } from '../../lib/store/table.ts';
import type { Resource, Synthesized } from '../infra/synth.ts';
import { OWN_ACCOUNT, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { FunctionProcess, type Invocation, type World } from './function-process.ts';
import { type Created, createResolver } from './resolve.ts';

const REGION = 'eu-west-1';
const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };

/** What `cdk deploy` would have made of a template, on this machine. Only what the template says is wired. */
export interface Deployment {
  readonly aws: StandIn;
  readonly table: Table;
  readonly sqs: SQSClient;
  /** ARN of the topic. */
  readonly topic: string;
  /** Logical ids of the functions, and what each has logged. */
  readonly functions: ReadonlyMap<string, FunctionProcess>;
  readonly world: { shiftMs: number; ports: Record<string, number> };
  readonly resolve: (value: unknown) => unknown;
  /** Resources of a type, by logical id. */
  resources(type: string): readonly (readonly [string, Resource])[];
  /** Fires the schedules whose input matches, then lets the queues run dry. */
  schedule(matches: (input: Record<string, unknown>) => boolean): Promise<readonly Invocation[]>;
  /** Sends an event to the default bus. */
  emit(event: Readonly<Record<string, unknown>>): Promise<void>;
  /** Polls every event source mapping until no queue has anything left to give. */
  drain(): Promise<void>;
  /** URL of a queue by a part of its logical id. */
  queueUrl(part: string): string;
  close(): Promise<void>;
}

/** Stands up the tables, queues, topic and functions of a synthesized stack. */
export async function deploy({ directory, template }: Synthesized): Promise<Deployment> {
  const dynamo = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => dynamo.listen(0, '127.0.0.1', resolve));
  const queues = await startFauxqs({ port: 0, logger: false });
  const aws = await startStandIn({
    dynamodb: `http://127.0.0.1:${(dynamo.address() as AddressInfo).port}`,
    sqs: `http://127.0.0.1:${queues.port}`,
  });
  const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${queues.port}`, region: REGION, credentials });
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(dynamo.address() as AddressInfo).port}`,
    region: REGION,
    credentials,
  });
  const created = new Map<string, Created>();
  const resolve = createResolver(template, created, { account: OWN_ACCOUNT, region: REGION });
  const resources = (type: string) =>
    Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  const properties = (resource: Resource) => resolve(resource.Properties) as Record<string, never>;

  const [[tableId, tableResource] = []] = resources('AWS::DynamoDB::GlobalTable');
  if (tableId === undefined || tableResource === undefined) throw new Error('the template has no table');
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = properties(tableResource);
  await client.send(
    new CreateTableCommand({
      TableName: tableId,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema,
      AttributeDefinitions,
      GlobalSecondaryIndexes,
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: 20, minDelay: 0.02, maxDelay: 1 },
    { TableName: tableId },
  );
  const tableArn = `arn:aws:dynamodb:${REGION}:${OWN_ACCOUNT}:table/${tableId}`;
  created.set(tableId, { ref: tableId, attributes: { Arn: tableArn } });

  // Dead letters first: the others refer to them.
  const bySource = resources('AWS::SQS::Queue').toSorted(
    ([, a], [, b]) => Number('RedrivePolicy' in a.Properties) - Number('RedrivePolicy' in b.Properties),
  );
  const urls = new Map<string, string>();
  for (const [id, resource] of bySource) {
    const { VisibilityTimeout = 30, RedrivePolicy } = properties(resource) as {
      VisibilityTimeout?: number;
      RedrivePolicy?: object;
    };
    await sqs.send(
      new CreateQueueCommand({
        QueueName: id,
        Attributes: {
          VisibilityTimeout: String(VisibilityTimeout),
          ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
        },
      }),
    );
    const url = `http://127.0.0.1:${queues.port}/000000000000/${id}`;
    urls.set(id, url);
    const arn = `arn:aws:sqs:${REGION}:000000000000:${id}`;
    // Functions reach it through the one that records who asks for what.
    const ref = `${aws.url}/000000000000/${id}`;
    created.set(id, { ref, attributes: { Arn: arn, QueueName: id } });
  }
  const queueOf = (arn: string) => urls.get(arn.split(':').at(-1) ?? '') ?? '';

  const topicArns = resources('AWS::SNS::Topic').map(([id]) => {
    const arn = `arn:aws:sns:${REGION}:${OWN_ACCOUNT}:${id}`;
    created.set(id, { ref: arn, attributes: { TopicArn: arn, TopicName: id } });
    aws.topics.set(arn, { arn, subscriptions: [], published: [] });
    return arn;
  });
  const topic = topicArns.find((arn) => /Alerts\w*$/.test(arn)) ?? '';
  for (const [, resource] of resources('AWS::SNS::Subscription')) {
    const { Protocol, Endpoint, FilterPolicy } = properties(resource) as unknown as {
      Protocol: string;
      Endpoint: string;
      FilterPolicy?: Record<string, string[]>;
    };
    // Mail waits for its owner's confirmation.
    const confirmed = Protocol !== 'email';
    aws.topics.get(topic)?.subscriptions.push({
      protocol: Protocol,
      endpoint: Endpoint,
      confirmed,
      ...(FilterPolicy === undefined ? {} : { filter: FilterPolicy }),
    });
  }
  for (const [id, resource] of resources('AWS::Logs::LogGroup')) {
    created.set(id, {
      ref: id,
      attributes: { Arn: `arn:aws:logs:${REGION}:${OWN_ACCOUNT}:log-group:${id}:*` },
    });
    void resource;
  }
  for (const [id] of resources('AWS::IAM::Role')) {
    created.set(id, { ref: id, attributes: { Arn: `arn:aws:iam::${OWN_ACCOUNT}:role/${id}` } });
  }
  // What is uploaded as `<hash>.zip` lies as `asset.<hash>` beside the template.
  const assetOf = ({ Properties }: Resource) => {
    const { S3Key } = (Properties['Code'] ?? Properties['Content']) as { S3Key: string };
    return join(directory, `asset.${S3Key.replace(/\.zip$/, '')}`);
  };
  const [[layerId, layer] = []] = resources('AWS::Lambda::LayerVersion');
  if (layerId === undefined || layer === undefined) throw new Error('the template has no layer');
  created.set(layerId, { ref: layerId, attributes: {} });

  const functions = new Map<string, FunctionProcess>();
  for (const [id, resource] of resources('AWS::Lambda::Function')) {
    created.set(id, {
      ref: id,
      attributes: { Arn: `arn:aws:lambda:${REGION}:${OWN_ACCOUNT}:function:${id}` },
    });
    const { Environment, Timeout, Handler } = properties(resource) as unknown as {
      Environment: { Variables: Record<string, string> };
      Timeout: number;
      Handler: string;
    };
    if (Handler !== 'index.handler') throw new Error(`${id} has the handler ${Handler}`);
    const variables = Object.fromEntries(
      Object.entries(Environment.Variables).map(([name, value]) => [
        name,
        value.replace(/^\/opt\//, `${assetOf(layer)}/`),
      ]),
    );
    const env = {
      ...variables,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: aws.url,
      // Who asks: by this every call is told apart.
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    functions.set(id, new FunctionProcess(join(assetOf(resource), 'index.mjs'), env, Timeout * 1_000));
  }

  const world: Deployment['world'] = { shiftMs: 0, ports: {} };
  const invoke = (arn: string, event: unknown): Promise<Invocation> => {
    const found = functions.get(arn.split(':').at(-1) ?? '');
    if (found === undefined) throw new Error(`there is no function ${arn}`);
    return found.invoke(event, world as World);
  };

  const drain = async (): Promise<void> => {
    const mappings = resources('AWS::Lambda::EventSourceMapping').map(
      ([, resource]) =>
        properties(resource) as unknown as {
          EventSourceArn: string;
          FunctionName: string;
          BatchSize: number;
          FunctionResponseTypes?: string[];
        },
    );
    for (let round = 0; round < 50; round += 1) {
      let received = 0;
      for (const mapping of mappings) {
        const url = queueOf(mapping.EventSourceArn);
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: Math.min(10, mapping.BatchSize),
            MessageSystemAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) continue;
        received += Messages.length;
        await deliver(url, mapping, Messages);
      }
      if (received === 0) return;
    }
    throw new Error('the queues do not run dry');
  };

  const deliver = async (
    url: string,
    mapping: { FunctionName: string; EventSourceArn: string; FunctionResponseTypes?: string[] },
    messages: readonly Message[],
  ): Promise<void> => {
    const Records = messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      // The stand-in's queue lives in real time, the functions in that of the test.
      attributes: {
        ...Attributes,
        SentTimestamp: String(Number(Attributes?.SentTimestamp ?? Date.now()) + world.shiftMs),
      },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: mapping.EventSourceArn,
      awsRegion: REGION,
    }));
    const { result, error } = await invoke(mapping.FunctionName, { Records }).catch(
      ({ message }: Error): Invocation => ({ error: message }),
    );
    const failures =
      (result as { batchItemFailures?: { itemIdentifier: string }[] } | null)?.batchItemFailures ?? [];
    const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
    const ids = new Set(messages.map(({ MessageId }) => MessageId));
    // An answer that names a stranger, or no partial answers at all, fails the whole batch.
    const all =
      error !== undefined ||
      [...failed].some((id) => !ids.has(id)) ||
      (failed.size > 0 && mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') !== true);
    for (const { MessageId = '', ReceiptHandle } of messages) {
      if (all || failed.has(MessageId)) {
        await sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
        );
      } else await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  };

  return {
    aws,
    table: tableOf(client, tableId),
    sqs,
    topic,
    functions,
    world,
    resolve,
    resources,
    drain,
    async schedule(matches) {
      const invocations: Invocation[] = [];
      for (const [, resource] of resources('AWS::Scheduler::Schedule')) {
        const { Target } = properties(resource) as unknown as { Target: { Arn: string; Input: string } };
        const at = new Date(Date.now() + world.shiftMs).toISOString().replace(/\.\d+Z$/, 'Z');
        const input = JSON.parse(Target.Input.replaceAll('<aws.scheduler.scheduled-time>', at)) as Record<
          string,
          unknown
        >;
        if (!matches(input)) continue;
        const invocation = await invoke(Target.Arn, input);
        if (invocation.error !== undefined) throw new Error(invocation.error);
        invocations.push(invocation);
      }
      await drain();
      return invocations;
    },
    async emit(event) {
      for (const [, resource] of resources('AWS::Events::Rule')) {
        const { EventPattern, Targets } = properties(resource) as unknown as {
          EventPattern: Record<string, string[]>;
          Targets: {
            Arn: string;
            InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string };
          }[];
        };
        if (!Object.entries(EventPattern).every(([name, values]) => values.includes(String(event[name]))))
          continue;
        for (const { Arn, InputTransformer } of Targets) {
          const body = InputTransformer.InputTemplate.replace(/<([^>]+)>/g, (_, name: string) =>
            JSON.stringify(event[(InputTransformer.InputPathsMap[name] ?? '').replace('$.', '')]),
          );
          await sqs.send(new SendMessageCommand({ QueueUrl: queueOf(Arn), MessageBody: body }));
        }
      }
      await drain();
    },
    queueUrl(part) {
      const found = [...urls].find(([id]) => id.includes(part));
      if (found === undefined) throw new Error(`there is no queue ${part}`);
      return found[1];
    },
    async close() {
      for (const each of functions.values()) each.kill();
      await rm(directory, { recursive: true });
      client.destroy();
      sqs.destroy();
      await aws.close();
      await queues.stop();
      await new Promise((resolve) => dynamo.close(resolve));
    },
  };
}
