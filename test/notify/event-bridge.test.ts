import { readFile } from 'node:fs/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestsOf } from '../../lib/core/digest.ts';
import { MAX_AFFECTED } from '../../lib/core/finding.ts';
import { eventBridgeChannel } from '../../lib/notify/event-bridge.ts';
import { type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import {
  certificate,
  DAY,
  endpointContent,
  endpointTarget,
  fp,
  iso,
  later,
  servedChain,
} from '../support/facts.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { timeline } from '../support/timeline.ts';
import { alert, digest } from './samples.ts';

const schema = JSON.parse(
  await readFile(new URL('../../docs/alert-event.schema.json', import.meta.url), 'utf8'),
) as object;
const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };

describe('the event channel', () => {
  let aws: StandIn;
  let client: EventBridgeClient;
  const pauses: number[] = [];
  const channel = () =>
    eventBridgeChannel(client, 'default', async (ms) => {
      pauses.push(ms);
    });
  /** What a digest was refused for, and whether the channel can go on with others. */
  const refusal = async (alerts = [alert()]) => {
    const error: unknown = await channel()
      .deliver(digest({ alerts }))
      .catch((reason: unknown) => reason);
    const { message, permanent } = error as Error & { permanent?: boolean };
    return { message, permanent };
  };
  beforeAll(async () => {
    aws = await startStandIn();
    client = new EventBridgeClient({ endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
  });
  beforeEach(() => {
    aws.events.length = 0;
    aws.recorded.length = 0;
    pauses.length = 0;
    delete aws.refuseEvent;
  });
  afterAll(async () => {
    client.destroy();
    await aws.close();
  });

  it('puts one event for each alert', async () => {
    const full = alert({ label: 'api.test', issuer: 'CN=CA', affects: ['a.test'], command: 'aws acm help' });
    await channel().deliver(digest({ alerts: [alert(), full], severity: 'critical', omitted: 3 }));
    const taken = aws.events;
    expect(taken.map(({ source, detailType }) => `${source}: ${detailType}`)).toEqual([
      'notafter: NotAfter Alert',
      'notafter: NotAfter Alert',
    ]);
    expect(taken[1]?.detail).toMatchObject({
      version: 1,
      digest: { owner: 'payments', severity: 'critical', class: 'news', omitted: 3 },
      alert: { id: full.id, rung: 'warning', affects: ['a.test'] },
    });
    expect(taken[0]?.time).toBe(Date.parse(alert().decidedAt) / 1000);
    expect(taken.flatMap(({ detail }) => schemaFaults(detail, schema))).toEqual([]);
  });

  it('says what the schema describes, from the first look at a certificate to its replacement', async () => {
    const target = endpointTarget('api.test', { owner: 'payments' });
    const old = certificate('api.test', { notAfter: iso(later(40 * DAY)) });
    const renewed = certificate('api.test', { fingerprint: fp('new'), notAfter: iso(later(400 * DAY)) });
    const life = timeline(target, [old, renewed]);
    for (let day = 0; day < 60; day += 1) {
      const now = later(day * DAY);
      const content = endpointContent(servedChain([day < 45 ? old : renewed]));
      const failures = day > 32 && day < 37 ? day - 32 : 0;
      const alerts = life.look({ now, content, failures });
      for (const each of digestsOf(alerts, `run-${day}`, now)) await channel().deliver(each);
    }
    const events = aws.events.map(({ detail }) => (detail['alert'] as { event: string }).event);
    expect(new Set(events)).toEqual(new Set(['opened', 'worsened', 'reminder', 'resolved']));
    expect(aws.events.flatMap(({ detail }) => schemaFaults(detail, schema))).toEqual([]);
  });

  it('has a schema that refuses what is none of its events', async () => {
    await channel().deliver(digest());
    const { digest: carrier, alert: carried } = aws.events[0]?.detail ?? {};
    const faulty = [
      { version: 2, digest: carrier, alert: carried },
      { version: 1, alert: carried },
      { version: 1, digest: carrier, alert: {} },
      { version: 1, digest: { ...(carrier as object), class: 'canary' }, alert: carried },
      { version: 1, digest: carrier, alert: { ...(carried as object), rung: 'soon' } },
      { version: 1, digest: carrier, alert: { ...(carried as object), decidedAt: 'today' } },
    ];
    for (const each of faulty) expect(schemaFaults(each, schema)).not.toEqual([]);
  });

  it('asks again for what was refused, and for nothing else', async () => {
    const alerts = Array.from({ length: 23 }, (_, index) => alert({ id: `a${index}` }));
    const left = new Set(['"a3"', '"a17"', '"a18"']);
    aws.refuseEvent = (detail) => {
      const found = [...left].find((each) => detail.includes(`"id":${each}`));
      return found !== undefined && left.delete(found) ? 'ThrottlingException' : undefined;
    };
    await channel().deliver(digest({ alerts }));
    const ids = aws.events.map(({ detail }) => (detail['alert'] as { id: string }).id);
    expect(ids.toSorted()).toEqual(alerts.map(({ id }) => id).toSorted());
    // Ten, its one again, ten, its two again, three.
    expect(aws.recorded).toHaveLength(5);
    expect(pauses).toHaveLength(2);
  });

  it('gives up after four attempts, names the code, and leaves the bus alone', async () => {
    aws.refuseEvent = () => 'InternalFailure';
    expect(await refusal([alert({ id: 'a' }), alert({ id: 'b' })])).toEqual({
      message: 'the event bus refused 2 events: InternalFailure: the reason',
      permanent: false,
    });
    expect(aws.recorded).toHaveLength(4);
  });

  it('goes on with other messages where one has an event that is never taken', async () => {
    aws.refuseEvent = (detail) => (detail.includes('"id":"b"') ? 'InvalidArgument' : undefined);
    expect(await refusal([alert({ id: 'a' }), alert({ id: 'b' })])).toEqual({
      message: 'the event bus refused 1 event: InvalidArgument: the reason',
      permanent: true,
    });
    expect(aws.events).toHaveLength(1);
  });

  it('stays within the limits of a request, whatever certificates say', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30_000 }),
      fc.constantFrom('\u0000', '\ud800', '"', '\u{1f511}').map((each) => each.repeat(30_000)),
    );
    await fc.assert(
      fc.asyncProperty(nasty, fc.integer({ min: 1, max: 40 }), async (text, count) => {
        aws.events.length = 0;
        const affects = Array.from({ length: MAX_AFFECTED }, () => text);
        const facts = { message: text, advice: text, issuer: text, label: text, command: text, affects };
        await channel().deliver(digest({ alerts: Array.from({ length: count }, () => alert(facts)) }));
        expect(aws.events).toHaveLength(count);
        expect(schemaFaults(aws.events[0]?.detail, schema)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('says what is wrong with the bus', async () => {
    const nowhere = { region: 'eu-west-1', credentials, maxAttempts: 1 };
    const broken = new EventBridgeClient({ ...nowhere, endpoint: 'http://127.0.0.1:9' });
    await expect(eventBridgeChannel(broken, 'default').deliver(digest())).rejects.toThrow(
      'the event bus did not take it: ',
    );
    broken.destroy();
    await expect(eventBridgeChannel(client, 'gone').deliver(digest())).rejects.toThrow(
      'the event bus did not take it: ResourceNotFoundException: Event bus gone does not exist.',
    );
  });
});
