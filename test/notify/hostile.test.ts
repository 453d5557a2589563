/** What certificates, servers and owners are called goes through every channel; nothing in it commands whoever reads it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { eventBridgeChannel } from '../../lib/notify/event-bridge.ts';
import { snsChannel } from '../../lib/notify/sns.ts';
import { terminalChannel } from '../../lib/notify/terminal.ts';
import { webhookChannel } from '../../lib/notify/webhook.ts';
import { OWN_ACCOUNT, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { alert, digest } from './samples.ts';

const TOPIC = `arn:aws:sns:eu-west-1:${OWN_ACCOUNT}:Alerts`;

/** Controls (but for the line end), formats such as bidi overrides, surrogates, separators of lines. */
const COMMANDING = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/u;

/** What does harm somewhere: terminals, mails, spreadsheets, chats, shells, text messages. */
const NASTY = [
  '\u001b]0;owned\u0007',
  '\u009b2J',
  'a\r\nBcc: everybody@example.com',
  '\u202egnp.exe\u2066',
  '\ud800',
  '\u2028\u2029',
  '\u200b\u00ad\ufeff\u{e0041}',
  '=HYPERLINK("https://evil.test")',
  '<!channel> <@U1>',
  "$(reboot) `reboot` '; reboot #",
  '\u0000',
];

describe('hostile text', () => {
  let aws: StandIn;
  let clients: [SNSClient, EventBridgeClient];
  let posted: string[];
  let channels: readonly Channel[];
  let printed: string;
  let closeReceiver: () => void;
  beforeAll(async () => {
    aws = await startStandIn();
    aws.topics.set(TOPIC, {
      arn: TOPIC,
      subscriptions: ['email', 'sms'].map((protocol) => ({ protocol, endpoint: protocol, confirmed: true })),
      published: [],
    });
    const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };
    const common = { endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1 };
    clients = [new SNSClient(common), new EventBridgeClient(common)];
    posted = [];
    const receiver = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      posted.push(body);
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    closeReceiver = () => {
      receiver.closeAllConnections();
      receiver.close();
    };
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    printed = '';
    channels = [
      terminalChannel(async (text) => {
        printed += text;
      }),
      snsChannel(clients[0], TOPIC, { table: 'Inventory', pause: async () => undefined }),
      eventBridgeChannel(clients[1], 'default'),
      webhookChannel({ url }),
      webhookChannel({ url, format: 'slack' }),
    ];
  });
  afterAll(async () => {
    closeReceiver();
    for (const client of clients) client.destroy();
    await aws.close();
  });

  /** Everything that left, as it left. */
  const sent = async (each: Digest): Promise<readonly string[]> => {
    printed = '';
    posted.length = 0;
    aws.events.length = 0;
    for (const channel of channels) await channel.deliver(each);
    const publication = aws.topics.get(TOPIC)?.published.at(-1);
    return [
      printed,
      ...posted,
      publication?.subject ?? '',
      ...(publication?.delivered.map(({ text }) => text) ?? []),
      ...(publication === undefined ? [] : Object.values(publication.attributes)),
    ];
  };

  it('leaves no channel as anything but text', async () => {
    const nasty = fc.array(
      fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 20 })),
      {
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (words, others) => {
        const [text, owner] = [words.join(' '), others.join(' ')];
        const hostile = alert({
          target: `endpoint:${text}:443`,
          owner,
          message: text,
          advice: text,
          label: text,
          issuer: text,
          affects: [text, owner],
          command: text,
          rung: 'last',
        });
        const outputs = await sent(digest({ owner, alerts: [hostile, alert({ fingerprint: 'bb' })] }));
        // The owner in an attribute is compared letter by letter with what a filter says; it is no text for anybody.
        for (const output of outputs.slice(0, -6)) expect(output).not.toMatch(COMMANDING);
        // Not one line begins with what a spreadsheet would calculate.
        for (const line of outputs.slice(0, 2).flatMap((output) => output.split('\n')))
          expect(line).not.toMatch(/^[=+@\t]/);
      }),
      { numRuns: 60 },
    );
  });

  it('is no less known for that: a reader of JSON gets it as it is', async () => {
    await sent(digest({ alerts: [alert({ message: 'a\u202eb\u0085c' })] }));
    expect(JSON.parse(posted[0] ?? '')).toMatchObject({ alerts: [{ message: 'a\u202eb\u0085c' }] });
    expect(aws.events[0]?.detail).toMatchObject({ alert: { message: 'a\u202eb\u0085c' } });
  });
});
