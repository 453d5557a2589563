import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Definitions } from '../../lib/config/definitions.ts';
import { ENVIRONMENT } from '../../lib/config/environment.ts';
import { parseWebhookSecret, type WebhookSecret } from '../../lib/config/webhook-secret.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { eventBridgeChannel } from '../../lib/notify/event-bridge.ts';
import { snsChannel } from '../../lib/notify/sns.ts';
import { withTimeBudget } from '../../lib/notify/time-budget.ts';
import { webhookChannel } from '../../lib/notify/webhook.ts';
import { textBudget } from '../../lib/run/text-budget.ts';
import type { Table } from '../../lib/store/table.ts';
import { PATIENCE } from '../shared/patience.ts';
import { setting } from '../shared/surroundings.ts';

/** Every channel that the stack has. One that cannot be used refuses what it is given; it does not stop the others. */
export function channelsOf(table: Table, definitions: Definitions, sns: SNSClient): readonly Channel[] {
  const { sms: numbers, smsPerMonth: perMonth, textedOwners } = definitions.alerts;
  const allowTexts = textBudget(table, { perMonth, numbers });
  const { webhook } = definitions;
  const bus = process.env[ENVIRONMENT.bus];
  return [
    snsChannel(sns, setting('topic'), {
      table: table.name,
      canaryTopic: setting('canaryTopic'),
      textedOwners,
      allowTexts,
    }),
    ...(bus === undefined
      ? []
      : [withTimeBudget(eventBridgeChannel(new EventBridgeClient(PATIENCE), bus), BUDGET_MS)]),
    ...(webhook === undefined ? [] : [withTimeBudget(deployedWebhook(webhook), BUDGET_MS)]),
  ];
}

/**
 * The function has four minutes for all of its work. One message takes the webhook a minute and a half at worst (three
 * attempts, two pauses that the receiver may ask for), so all that is not mail comes to less.
 */
const BUDGET_MS = 30_000;

/** The address lies in a secret: it is read when there is something to send, and kept while the environment lives. */
function deployedWebhook({ secret, format }: NonNullable<Definitions['webhook']>): Channel {
  return {
    name: 'webhook',
    async deliver(digest) {
      known ??= await readSecret(secret);
      try {
        await webhookChannel({ ...known, format }).deliver(digest);
      } catch (error) {
        // It may have been changed since: the next delivery reads it again.
        known = undefined;
        throw error;
      }
    },
  };
}

let known: WebhookSecret | undefined;

async function readSecret(id: string): Promise<WebhookSecret> {
  // The ARN of one that lies in another region says in which.
  const [, , , region] = id.startsWith('arn:') ? id.split(':') : [];
  const client = new SecretsManagerClient({ ...PATIENCE, ...(region === undefined ? {} : { region }) });
  try {
    const { SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    return parseWebhookSecret(value);
  } catch (error) {
    const { name, message } = error as Error;
    // The SDK's own words name the secret, never its value; ours neither.
    throw new Error(
      `the secret ${id} of the webhook cannot be used: ${name === 'Error' ? message : `${name}: ${message}`}`,
    );
  } finally {
    client.destroy();
  }
}
