import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import { undeliveredDigests } from '../../lib/store/digests.ts';
import { undeliveredLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { sightingsOf } from '../../lib/store/sightings.ts';
import { all } from '../store/store-under-test.ts';
import { DAY, iso, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { serveTls } from '../support/tls-servers.ts';
import { bundle, endpoint, heard, world } from './world.ts';

const here = world();

let root: Issued;
let young: Issued;
let ageing: Issued;
let dying: Issued;
let endingCa: Issued;

/** A leaf of 90 days. */
const leaf = (name: string, days: number) =>
  mint({
    subject: `CN=${name}`,
    issuer: root,
    names: [name, '127.0.0.1'],
    notBefore: later((days - 90) * DAY, new Date()),
    days,
  });

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 7300 });
  [young, ageing, dying] = await Promise.all([
    leaf('young.test', 40),
    leaf('ageing.test', 20),
    leaf('dying.test', 4),
  ]);
  endingCa = await mint({
    subject: 'CN=Ending CA',
    ca: true,
    notBefore: later(-3000 * DAY, new Date()),
    days: 60,
  });
});

const alertsOf = (told: readonly Digest[]) => told.flatMap((digest) => digest.alerts);

describe('the first run', () => {
  it('tells each owner once what there is, and the next one says nothing', async () => {
    const server = await serveTls([dying]);
    onTestFinished(() => server.close());
    const ca = await here.file('ca.pem', root);
    const targets = [
      endpoint('127.0.0.1', server.port, { ca, owner: 'payments' }),
      bundle('file', await here.file('ageing.pem', ageing), { owner: 'payments' }),
      bundle('truststore', await here.file('truststore.pem', endingCa), { owner: 'platform' }),
      bundle('file', await here.file('young.pem', young)),
    ];
    const first = await here.run(targets);
    expect([...heard(first.told)].sort()).toEqual([
      'payments baseline: baseline expiring critical, baseline expiring notice',
      'platform baseline: baseline expiring warning',
    ]);
    expect(first.failures).toEqual([]);
    expect(first.openSeverity).toBe('critical');

    here.pass({ minutes: 30 });
    const second = await here.run(targets);
    expect(second.told).toEqual([]);
    expect(second.run).toMatchObject({ planned: 4, observed: 4, failed: 0, alerts: 0, digests: 0 });
    expect(await all(undeliveredLedger(here.table))).toEqual([]);
    expect(await all(undeliveredDigests(here.table))).toEqual([]);
  });

  it('is over for a kind of target once each had its turn: what is added later is news', async () => {
    const first = bundle('file', await here.file('young.pem', young));
    await here.run([first]);
    here.pass({ hours: 1 });
    const { told } = await here.run([first, bundle('file', await here.file('dying.pem', dying))]);
    expect(heard(told)).toEqual(['- news: opened expiring critical']);
    expect(alertsOf(told)[0]?.missed).toEqual([]);
  });
});

describe('a certificate that comes nearer to its end', () => {
  it('speaks once per rung', async () => {
    const targets = [bundle('file', await here.file('young.pem', young))];
    const days: [number, readonly string[]][] = [];
    let day = 0;
    for (const next of [0, 10, 18, 24, 29, 32, 35, 38, 39.5, 39.8, 41, 50]) {
      here.pass({ days: next - day });
      day = next;
      // Reminders come on days common to all, which are not always the same days of this test.
      const { told } = await here.run(targets, {
        policy: { ...DEFAULT_POLICY, remindMs: Number.POSITIVE_INFINITY },
      });
      if (told.length > 0) days.push([day, heard(told)]);
    }
    expect(days).toEqual([
      [18, ['- news: opened expiring notice']],
      [29, ['- news: worsened expiring warning']],
      [35, ['- news: worsened expiring critical']],
      [39.5, ['- news: worsened expiring last']],
      [41, ['- news: worsened expired expired']],
    ]);
  });

  it('speaks of the most severe rung when runs were left out, and names the others', async () => {
    const targets = [bundle('file', await here.file('young.pem', young))];
    await here.run(targets);
    here.pass({ days: 36 });
    const { told } = await here.run(targets);
    expect(heard(told)).toEqual(['- news: opened expiring critical']);
    expect(alertsOf(told)[0]?.missed).toEqual(['notice', 'warning']);
  });

  it('is spoken of although the host is dead, with when it was last seen', async () => {
    const server = await serveTls([ageing]);
    const targets = [
      endpoint('127.0.0.1', server.port, { ca: await here.file('ca.pem', root), owner: 'payments' }),
    ];
    await here.run(targets);
    const seenAt = iso(here.now);
    await server.close();
    here.pass({ days: 10 });
    const { told, run } = await here.run(targets);
    expect(run).toMatchObject({ observed: 0, failed: 1 });
    expect(heard(told)).toEqual(['payments news: worsened expiring warning']);
    expect(alertsOf(told)[0]?.lastSeenAt).toBe(seenAt);
  });
});

describe('a certificate that is replaced', () => {
  it('is resolved after two looks an hour apart, with what replaced it, and speaks when it comes back', async () => {
    let server = await serveTls([dying]);
    const { port } = server;
    onTestFinished(() => server.close());
    const serve = async (certificate: Issued) => {
      await server.close();
      server = await serveTls([certificate], {}, { port });
    };
    const targets = [endpoint('127.0.0.1', port, { ca: await here.file('ca.pem', root) })];
    expect(heard((await here.run(targets)).told)).toEqual(['- baseline: baseline expiring critical']);

    await serve(young);
    here.pass({ hours: 2 });
    expect((await here.run(targets)).told).toEqual([]);
    here.pass({ minutes: 30 });
    expect((await here.run(targets)).told).toEqual([]);
    here.pass({ minutes: 30 });
    const { told } = await here.run(targets);
    expect(heard(told)).toEqual(['- closed: resolved expiring critical']);
    expect(alertsOf(told)[0]?.message).toMatch(
      /^now serves young\.test valid until .* \(it was: dying\.test/,
    );
    expect(await all(sightingsOf(here.table, fingerprint(dying)))).toEqual([]);
    expect(await all(sightingsOf(here.table, fingerprint(young)))).toHaveLength(1);

    await serve(dying);
    here.pass({ hours: 25 });
    expect(heard((await here.run(targets)).told)).toEqual(['- news: opened expiring critical']);
    const { ledger } = await readTarget(here.table, targets[0]?.id ?? '');
    expect(ledger.map(({ episode, state }) => [episode, state])).toEqual([[2, 'open']]);
  });
});

describe('a truststore whose file cannot be read any more', () => {
  it('loses nothing: what it held stays listed and open, and goes on expiring', async () => {
    const path = await here.file('vanishing.pem', endingCa);
    const targets = [bundle('truststore', path)];
    await here.run(targets);
    await rm(path);
    for (const days of [1, 1]) {
      here.pass({ days });
      expect((await here.run(targets)).told).toEqual([]);
    }
    here.pass({ days: 29 });
    const { told } = await here.run(targets);
    expect(heard(told)).toEqual([
      '- news: worsened expiring critical',
      '- news: opened could-not-observe warning',
    ]);
    const picture = await readTarget(here.table, targets[0]?.id ?? '');
    expect(picture.content).toMatchObject({ certificates: [fingerprint(endingCa)] });
    expect(picture.state?.failure?.reason).toBe('file_not_found');
    expect(await all(sightingsOf(here.table, fingerprint(endingCa)))).toHaveLength(1);
  });
});

const fingerprint = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();
