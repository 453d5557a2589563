import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Definitions, readDefinitions } from '../../lib/config/definitions.ts';
import { ENVIRONMENT } from '../../lib/config/environment.ts';
import { policyOf } from '../../lib/config/policy-of.ts';
import { type Policy, UNATTENDED_WAITS } from '../../lib/core/policy.ts';
import type { Home } from '../../lib/run/dispatch.ts';
import type { Queues } from '../../lib/run/queues.ts';
import { explainRemote } from '../../lib/store/explain-remote.ts';
import { explainErrors } from '../../lib/store/store-error.ts';
import { type Table, tableOf } from '../../lib/store/table.ts';
import { sender } from './sender.ts';

/** What the stack told the function. @throws Error with a sentence that names the variable. */
export function setting(name: keyof typeof ENVIRONMENT): string {
  const value = process.env[ENVIRONMENT[name]];
  if (value === undefined || value === '') {
    throw new Error(`${ENVIRONMENT[name]} is not set: the function was not deployed by its stack`);
  }
  return value;
}

/** The inventory. The stack created it, so it is not asked whether it is one. */
export function openTable(): Table {
  const name = setting('table');
  const client = new DynamoDBClient({
    maxAttempts: 6,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  });
  explainErrors(client, (error) => explainRemote(error, name, 'AWS'));
  return tableOf(client, name);
}

export function openDefinitions(): Definitions {
  return readDefinitions(setting('definitions'));
}

/** Nobody sits and looks: messages wait for each other where there is time. */
export function policyFor({ unreachableAfter, alerts, checks }: Definitions): Policy {
  return { ...policyOf({ unreachableAfter, ...alerts, checks }), waits: UNATTENDED_WAITS };
}

export function home(): Home {
  const region = process.env['AWS_REGION'];
  if (region === undefined) throw new Error('AWS_REGION is not set: Lambda sets it');
  return { account: setting('account'), region };
}

export function openQueues(): Queues {
  const client = new SQSClient({ maxAttempts: 5 });
  const urls = JSON.parse(setting('probeQueues')) as Record<string, string>;
  return {
    probe: new Map(Object.entries(urls).map(([network, url]) => [network, sender(client, url)])),
    collect: sender(client, setting('collectQueue')),
  };
}
