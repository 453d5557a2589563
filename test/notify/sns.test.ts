import { SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snsChannel } from '../../lib/notify/sns.ts';
import { OWN_ACCOUNT, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { alert, digest } from './samples.ts';

const TOPIC = `arn:aws:sns:eu-west-1:${OWN_ACCOUNT}:Alerts`;

describe('the SNS channel', () => {
  let aws: StandIn;
  let client: SNSClient;
  const pauses: number[] = [];
  const channel = () =>
    snsChannel(client, TOPIC, { table: 'Inventory', pause: async (ms) => void pauses.push(ms) });
  beforeAll(async () => {
    aws = await startStandIn();
    const subscriptions = ['email', 'sms', 'sqs'].map((protocol) => ({
      protocol,
      endpoint: protocol,
      confirmed: true,
    }));
    aws.topics.set(TOPIC, { arn: TOPIC, subscriptions, published: [] });
    const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };
    client = new SNSClient({ endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await aws.close();
  });
  const published = () => aws.topics.get(TOPIC)?.published ?? [];
  const text = (protocol: string) =>
    published()
      .at(-1)
      ?.delivered.find((each) => each.protocol === protocol)?.text ?? '';

  it('publishes a digest once, with what subscriptions filter on', async () => {
    const critical = alert({ severity: 'critical', rung: 'last' });
    await channel().deliver(digest({ severity: 'critical', alerts: [alert(), critical] }));
    expect(published()).toHaveLength(1);
    expect(published()[0]).toMatchObject({
      subject: 'NotAfter: CRITICAL: 2 findings',
      attributes: { severity: 'critical', owner: 'payments', kind: 'news', rung: 'last', event: 'opened' },
    });
    expect(text('email')).toContain('api.test expires in 10 d');
    expect(text('sms')).toBe('NotAfter LAST: api.test:443 ends in 10 d (+1 more)');
  });

  it('names an owner as the filters of subscriptions do, in whatever script', async () => {
    await channel().deliver(digest({ owner: 'Zahlungen & Мир' }));
    expect(published().at(-1)?.attributes['owner']).toBe('Zahlungen & Мир');
  });

  it('leaves half a second between two', async () => {
    const one = channel();
    for (let count = 0; count < 3; count += 1) await one.deliver(digest());
    expect(pauses.slice(-2)).toEqual([500, 500]);
  });

  it('is understood by a strict topic, whatever certificates and owners say', async () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, fc.integer({ min: 1, max: 120 }), async (name, owner, count) => {
        const one = alert({ target: `endpoint:${name}:443`, message: name, advice: name, owner });
        await channel().deliver(digest({ owner, alerts: Array.from({ length: count }, () => one) }));
        expect(text('sms')).toMatch(/^[ -Z_a-z]{1,160}$/);
        expect(text('email').split('\n').length).toBeLessThanOrEqual(201);
      }),
      { numRuns: 60 },
    );
  });

  it('marks for phones what they may get, and says once that the budget is used', async () => {
    const verdicts = ['texts', 'last-text', 'no-texts'] as const;
    let asked = 0;
    const options = {
      table: 'Inventory',
      textedOwners: ['shop', 'payments'],
      pause: async () => undefined,
      allowTexts: async () => verdicts[asked++ % 3] ?? 'texts',
    };
    const one = snsChannel(client, TOPIC, options);
    const before = published().length;
    const grave = digest({ alerts: [alert({ rung: 'last', severity: 'critical' })] });
    for (let count = 0; count < 3; count += 1) await one.deliver(grave);
    // What wakes nobody is not asked about.
    await one.deliver(digest());
    expect(asked).toBe(3);
    expect(
      published()
        .slice(before)
        .map(({ attributes }) => [attributes['kind'], attributes['sms']]),
    ).toEqual([
      ['news', 'yes'],
      ['news', 'no'],
      ['sms-budget', 'yes'],
      ['news', 'no'],
      ['news', 'no'],
    ]);
    // To the phones of every owner: none of them gets another one.
    expect(published()[before + 2]?.attributes['owner']).toBe('["payments","shop"]');
    expect(published()[before + 2]?.delivered.find(({ protocol }) => protocol === 'sms')?.text).toBe(
      'NotAfter: the budget of text messages of 2026-11 is used; mails go on.',
    );
  });

  it('gives a mail what a tired person needs: who is cut off, what mends it, how to ask and how to have silence', async () => {
    const full = alert({
      issuer: 'CN=Partner Root',
      affects: ['api.example.com', 'batch.example.com'],
      command: 'aws s3 cp truststore.pem s3://b/ca.pem',
    });
    await channel().deliver(digest({ owner: null, alerts: [full] }));
    expect(text('email').split('\n')).toEqual([
      'WARNING: 1 finding (no owner named)',
      '  warning   api.test:443',
      '            api.test expires in 10 d, on 2026-12-02 14:00 UTC',
      '            cuts off: api.example.com, batch.example.com',
      '            issued by CN=Partner Root',
      '            → Renew it.',
      '            $ aws s3 cp truststore.pem s3://b/ca.pem',
      expect.stringMatching(/^ {12}why: notafter alerts explain [0-9a-f]{10} --table Inventory$/),
      '            silence: notafter ack endpoint:api.test:443 --check expiring --for 7d --reason known --table Inventory',
      '',
      expect.stringContaining('Nobody is named as the owner of these'),
      expect.stringContaining('notafter show TARGET --table Inventory'),
      'id: run-1/payments/warning',
    ]);
  });

  it('says what is wrong with the topic', async () => {
    const missing = snsChannel(client, `${TOPIC}2`, { table: 'Inventory' });
    await expect(missing.deliver(digest())).rejects.toThrow(
      'there is no such topic: check its ARN, or deploy again',
    );
  });
});
