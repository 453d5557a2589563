import { readFile } from 'node:fs/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventBridgeChannel } from '../../lib/notify/event-bridge.ts';
import { refusals } from '../support/aws/events.ts';
import { type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { alert, digest } from './samples.ts';

const schema = JSON.parse(
  await readFile(new URL('../../docs/alert-event.schema.json', import.meta.url), 'utf8'),
) as object;

describe('the event channel', () => {
  let aws: StandIn;
  let client: EventBridgeClient;
  const channel = (bus = 'default') => eventBridgeChannel(client, bus, async () => undefined);
  beforeAll(async () => {
    aws = await startStandIn();
    const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };
    client = new EventBridgeClient({ endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
  });
  beforeEach(() => {
    aws.events.length = 0;
  });
  afterAll(async () => {
    client.destroy();
    await aws.close();
  });

  it('puts one event for each alert, as the schema describes it', async () => {
    const full = alert({ label: 'api.test', issuer: 'CN=CA', affects: ['a.test'], command: 'aws acm help' });
    await channel().deliver(digest({ alerts: [alert(), full], severity: 'critical' }));
    expect(aws.events.map(({ source, detailType }) => `${source}: ${detailType}`)).toEqual([
      'notafter: NotAfter Alert',
      'notafter: NotAfter Alert',
    ]);
    expect(aws.events[1]?.detail).toMatchObject({
      version: 1,
      digest: { owner: 'payments', severity: 'critical', class: 'news' },
      alert: { id: full.id, rung: 'warning', affects: ['a.test'] },
    });
    expect(aws.events[0]?.time).toBe(Date.parse(alert().decidedAt) / 1000);
    for (const { detail } of aws.events) expect(schemaFaults(detail, schema)).toEqual([]);
    expect(schemaFaults({ version: 1, alert: {} }, schema)).not.toEqual([]);
  });

  it('asks again for what was refused, and for nothing else', async () => {
    const alerts = Array.from({ length: 23 }, (_, index) => alert({ id: `a${index}` }));
    await channel().deliver(digest({ alerts }));
    const details = aws.events.map(({ detail }) => JSON.stringify(detail));
    expect(details).toHaveLength(23);
    aws.events.length = 0;
    refusals.add(details[3] ?? '').add(details[17] ?? '');
    await channel().deliver(digest({ alerts }));
    expect(aws.events.map(({ detail }) => JSON.stringify(detail)).sort()).toEqual(details.toSorted());
  });

  it('stays within the limits of a request, whatever certificates say', async () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 30_000 });
    await fc.assert(
      fc.asyncProperty(nasty, fc.integer({ min: 1, max: 100 }), async (text, count) => {
        aws.events.length = 0;
        const one = alert({ message: text, advice: text, issuer: text, label: text, affects: [text, text] });
        await channel().deliver(digest({ alerts: Array.from({ length: count }, () => one) }));
        expect(aws.events).toHaveLength(count);
      }),
      { numRuns: 20 },
    );
  });

  it('says what is wrong with the bus', async () => {
    const broken = new EventBridgeClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    await expect(eventBridgeChannel(broken, 'default').deliver(digest())).rejects.toThrow(
      'the event bus did not take it',
    );
    broken.destroy();
  });
});
