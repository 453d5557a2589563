import { SNSClient } from '@aws-sdk/client-sns';
import type { Command } from 'commander';
import { escapeForTerminal } from '../../core/printable.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { type Publication, publish, topicError } from '../../notify/sns.ts';
import { ownersOf, type Subscriptions, subscriptionsOf } from '../../notify/subscriptions.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addJsonOption } from '../options.ts';
import { UserError } from '../user-error.ts';

interface TestAlertOptions {
  readonly topic: string;
  readonly json?: true;
}

/** `notafter test-alert`: one message through every route, and who would get it. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Publishes a test message through every route of a deployed monitor: one that the default routes take, text\n' +
        'messages included, and one for each owner with routes of their own. Says which subscriptions are confirmed.',
    )
    .requiredOption('--topic <arn>', 'ARN of the topic, an output of the stack');
  addJsonOption(command).action(async (options: TestAlertOptions) => {
    context.finish(await testAlert(options, context));
  });
  endHelp(command, 'work', [
    ['notafter test-alert --topic arn:aws:sns:eu-west-1:111122223333:Alerts', 'through every route'],
    ['notafter test-alert --topic ARN --json | jq .pending', 'how many have not confirmed'],
  ]);
}

async function testAlert(options: TestAlertOptions, { stdout, stderr, now }: CliContext): Promise<ExitCode> {
  const region = /^arn:[\w-]+:sns:([a-z0-9-]+):\d{12}:[\w-]+$/.exec(options.topic)?.[1];
  if (region === undefined) {
    throw new UserError(
      `got ${escapeForTerminal(JSON.stringify(options.topic))}; wanted the ARN of a topic such as arn:aws:sns:eu-west-1:111122223333:Alerts.`,
    );
  }
  const { topic } = options;
  const refuse = (error: Error) => asUserError(topicError(error, topic));
  const client = new SNSClient({ region, maxAttempts: 3 });
  try {
    const subscriptions = await subscriptionsOf(client, topic).catch(refuse);
    // Nobody's first: the default routes take whatever owner it names.
    const owners = ['-', ...(await ownersOf(client, subscriptions).catch(refuse))];
    for (const [index, owner] of owners.entries()) {
      // More than ten mails a second suspend a subscription, and the default route gets them all.
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, GAP_MS));
      await publish(client, options.topic, testMessage(owner, now())).catch(asUserError);
    }
    const { confirmed, pending, list } = subscriptions;
    if (options.json) {
      await stdout.write(
        `${safeJson({ type: 'test-alert', topic: options.topic, published: owners.length, confirmed, pending, subscriptions: list.map(({ protocol, endpoint, confirmed: own }) => ({ protocol, endpoint, confirmed: own })) })}\n`,
      );
    } else await stdout.write(listText(subscriptions));
    await stderr.write(`${owners.length} published; ${confirmed} confirmed, ${pending} not confirmed.\n`);
    return list.length === 0 || pending > 0 ? EXIT.unknown : EXIT.ok;
  } finally {
    client.destroy();
  }
}

const GAP_MS = 500;

/** With the gravest rung: text messages take no other. */
function testMessage(owner: string, now: Date): Publication {
  const at = now.toISOString().slice(0, 16).replace('T', ' ');
  return {
    title: 'test',
    lines: [
      `This is a test of the alerts of NotAfter, sent at ${at} UTC.`,
      ...(owner === '-' ? [] : [`It is addressed to the owner ${escapeForTerminal(owner)}.`]),
      'No certificate is about to expire because of it, and there is nothing to do.',
    ],
    sms: `NotAfter TEST, sent ${at} UTC. Nothing to do.`,
    attributes: { severity: 'critical', owner, kind: 'test', rung: 'expired', event: 'test', sms: 'yes' },
  };
}

function listText({ list }: Subscriptions): string {
  if (list.length === 0) return 'Nobody has subscribed: name somebody below "alerts" and deploy again.\n';
  return list
    .map(({ protocol, endpoint, confirmed }) => {
      const state = confirmed
        ? 'confirmed'
        : 'NOT CONFIRMED: answer the mail of AWS within two days of the deployment';
      return `${protocol.padEnd(6)}  ${escapeForTerminal(endpoint)}  ${state}\n`;
    })
    .join('');
}

function asUserError(error: Error): never {
  throw new UserError(`${escapeForTerminal(error.message, 600)}.`, { cause: error });
}
