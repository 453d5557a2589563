import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointContent } from '../../lib/core/content.ts';
import { MONITOR_TARGET } from '../../lib/core/impairment.ts';
import { listHistory } from '../../lib/store/history.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { sightingsOf } from '../../lib/store/sightings.ts';
import { all } from '../store/store-under-test.ts';
import { type DnsEntry, serveDns } from '../support/dns-server.ts';
import { type Issued, mint } from '../support/pki.ts';
import { refusedPort, serveTls, type TestServer } from '../support/tls-servers.ts';
import { bundle, endpoint, heard, world } from './world.ts';

const here = world();

let root: Issued;
let old: Issued;
let renewed: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 7300 });
  const named = { subject: 'CN=api.test', issuer: root, names: ['api.test'] };
  [old, renewed] = await Promise.all([mint({ ...named, days: 60 }), mint({ ...named, days: 90 })]);
});

const fingerprint = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();
const events = async (id: string) => (await all(listHistory(here.table, id))).map(({ event }) => event);

/** One name at two addresses of loopback. */
async function twoNodes(first: Issued, second: Issued) {
  const one = await serveTls([first]);
  const { port } = one;
  let two = await serveTls([second], {}, { address: '127.0.0.2', port });
  const dns = await serveDns({ 'api.test': ['127.0.0.1', '127.0.0.2'] });
  onTestFinished(async () => {
    await Promise.all([one.close(), two.close(), dns.close()]);
  });
  const target = endpoint('api.test', port, { ca: await here.file('ca.pem', root) });
  const collector = { timeoutMs: 5_000, concurrency: 10, dns };
  return {
    target,
    run: () => here.run([target], { collector }),
    stopSecond: () => two.close(),
    startSecond: async (certificate: Issued) => {
      two = await serveTls([certificate], {}, { address: '127.0.0.2', port });
    },
    chains: async () => {
      const { content } = await readTarget(here.table, target.id);
      return (content as EndpointContent).chains.map((chain) => [chain.certificates[0], chain.addresses]);
    },
  };
}

describe('two addresses of one name', () => {
  it('with different certificates are one state and no news while it stays so', async () => {
    const { target, run, chains } = await twoNodes(renewed, old);
    await run();
    expect(new Set(await chains())).toEqual(
      new Set([
        [fingerprint(old), ['127.0.0.2']],
        [fingerprint(renewed), ['127.0.0.1']],
      ]),
    );
    for (let look = 0; look < 3; look += 1) {
      here.pass({ hours: 2 });
      expect((await run()).told).toEqual([]);
    }
    expect(await events(target.id)).toEqual(['first_seen']);
    expect(await all(sightingsOf(here.table, fingerprint(old)))).toHaveLength(1);
    expect(await all(sightingsOf(here.table, fingerprint(renewed)))).toHaveLength(1);
  });

  it('of which one fails stay known, are spoken of after three failures, and recover', async () => {
    const { target, run, chains, stopSecond, startSecond } = await twoNodes(renewed, old);
    await run();
    await stopSecond();
    const heardOf: (readonly string[])[] = [];
    for (let look = 0; look < 4; look += 1) {
      here.pass({ hours: 2 });
      heardOf.push(heard((await run()).told));
    }
    expect(heardOf).toEqual([[], [], ['- news: opened could-not-observe warning'], []]);
    expect(await chains()).toContainEqual([fingerprint(old), ['127.0.0.2']]);
    expect(await all(sightingsOf(here.table, fingerprint(old)))).toHaveLength(1);

    await startSecond(renewed);
    here.pass({ hours: 2 });
    expect((await run()).told).toEqual([]);
    expect(await chains()).toEqual([[fingerprint(renewed), ['127.0.0.1', '127.0.0.2']]]);
    here.pass({ hours: 2 });
    const { told } = await run();
    expect(heard(told)).toEqual(['- closed: resolved could-not-observe warning']);
    expect(told[0]?.alerts[0]?.message).toMatch(/^it can be observed again /);
    expect(await events(target.id)).toEqual(['first_seen', 'changed']);
  });
});

// A family that does not answer at all leaves the other one: that takes both on loopback.
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

describe('a family of addresses', () => {
  it.skipIf(!hasIpv6)(
    'that could not be asked for keeps what it served, until DNS says that it is gone',
    async () => {
      const four = await serveTls([renewed]);
      const six = await serveTls([old], {}, { address: '::1', port: four.port });
      const zone: Record<string, DnsEntry> = { 'api.test': ['127.0.0.1', '::1'] };
      const dns = await serveDns(zone);
      onTestFinished(async () => {
        await Promise.all([four.close(), six.close(), dns.close()]);
      });
      const target = endpoint('api.test', four.port, { ca: await here.file('ca.pem', root) });
      const look = async () => {
        here.pass({ hours: 2 });
        const { told } = await here.run([target], { collector: { timeoutMs: 5_000, concurrency: 1, dns } });
        const { content, state } = await readTarget(here.table, target.id);
        const served = (content as EndpointContent).chains.flatMap(({ addresses }) => addresses);
        return { told: heard(told), served: served.sort(), failures: state?.failures };
      };
      const both = ['127.0.0.1', '::1'];
      expect(await look()).toEqual({ told: [], served: both, failures: 0 });
      zone['api.test'] = { a: ['127.0.0.1'], aaaa: 'servfail' };
      expect(await look()).toEqual({ told: [], served: both, failures: 1 });
      expect(await look()).toEqual({ told: [], served: both, failures: 2 });
      const told = ['- news: opened could-not-observe warning'];
      expect(await look()).toEqual({ told, served: both, failures: 3 });
      expect(await all(sightingsOf(here.table, fingerprint(old)))).toHaveLength(1);
      zone['api.test'] = ['127.0.0.1'];
      expect(await look()).toEqual({ told: [], served: ['127.0.0.1'], failures: 0 });
      expect(await all(sightingsOf(here.table, fingerprint(old)))).toEqual([]);
    },
  );
});

describe('a host that is dead', () => {
  it('is spoken of after three failures, and when it is back', async () => {
    let server: TestServer = await serveTls([renewed]);
    const { port } = server;
    onTestFinished(() => server.close());
    const target = endpoint('127.0.0.1', port, {
      ca: await here.file('ca.pem', root),
      serverName: 'api.test',
      owner: 'payments',
    });
    await here.run([target]);
    await server.close();
    const said: (readonly string[])[] = [];
    const look = async () => {
      here.pass({ hours: 1 });
      said.push(heard((await here.run([target])).told));
    };
    for (let failure = 0; failure < 4; failure += 1) await look();
    server = await serveTls([renewed], {}, { port });
    await look();
    await look();
    await look();
    const opened = 'payments news: opened could-not-observe warning';
    const resolved = 'payments closed: resolved could-not-observe warning';
    expect(said).toEqual([[], [], [opened], [], [], [resolved], []]);
    expect(await events(target.id)).toEqual(['first_seen', 'failing', 'recovered']);
    expect((await readTarget(here.table, target.id)).state).toMatchObject({ failures: 0 });
  });

  it('is tried again sooner than its cadence asks', async () => {
    const target = endpoint('127.0.0.1', await refusedPort());
    const { nextDueAt } = await here.run([target]);
    expect(nextDueAt?.getTime()).toBe(here.now.getTime() + 0.9 * 15 * 60_000);
  });
});

describe('most targets failing at once', () => {
  it('is the monitor that is impaired: it says so and holds what it could not observe, but not for ever', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const targets = await Promise.all(
      names.map(async (name) => bundle('file', await here.file(`${name}.pem`, renewed))),
    );
    await here.run(targets);
    for (const [index, name] of names.entries()) if (index > 0) await here.file(`${name}.pem`);
    here.pass({ hours: 1 });
    const first = await here.run(targets);
    expect(heard(first.told)).toEqual(['- news: opened monitor-impaired critical']);
    expect(first.told[0]?.alerts[0]?.message).toMatch(/^5 of 6 targets /);
    for (let look = 0; look < 3; look += 1) {
      here.pass({ hours: 1 });
      expect((await here.run(targets)).told).toEqual([]);
    }
    for (const name of names) await here.file(`${name}.pem`, renewed);
    here.pass({ hours: 1 });
    expect((await here.run(targets)).told).toEqual([]);
    here.pass({ hours: 1 });
    expect(heard((await here.run(targets)).told)).toEqual(['- closed: resolved monitor-impaired critical']);
    expect((await readTarget(here.table, MONITOR_TARGET)).ledger).toMatchObject([{ state: 'closed' }]);

    for (const [index, name] of names.entries()) if (index > 0) await here.file(`${name}.pem`);
    const later: (readonly string[])[] = [];
    for (const days of [0.1, 0.1, 0.1, 1]) {
      here.pass({ days });
      later.push(heard((await here.run(targets)).told));
    }
    const held = '- news: opened could-not-observe warning';
    expect(later.slice(0, 3)).toEqual([['- news: opened monitor-impaired critical'], [], []]);
    expect(later[3]).toEqual([`${held}${', opened could-not-observe warning'.repeat(4)}`]);
  });

  it('is over once most can be seen again, and not by the passing of time', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const targets = await Promise.all(
      names.map(async (name) => bundle('file', await here.file(`${name}.pem`, renewed))),
    );
    const impaired = async () =>
      (await readTarget(here.table, MONITOR_TARGET)).ledger.map(({ state }) => state);
    await here.run(targets);
    for (const name of names) await here.file(`${name}.pem`);
    here.pass({ hours: 1 });
    expect(heard((await here.run(targets)).told)).toEqual(['- news: opened monitor-impaired critical']);
    for (const days of [2, 3, 4]) {
      here.pass({ days });
      expect(heard((await here.run(targets)).told).join()).not.toContain('monitor-impaired');
      expect(await impaired()).toEqual(['open']);
    }
    for (const name of ['a', 'b']) await here.file(`${name}.pem`, renewed);
    for (const hours of [2, 2]) {
      here.pass({ hours });
      await here.run(targets);
      expect(await impaired()).toEqual(['open']);
    }
    await here.file('c.pem', renewed);
    here.pass({ hours: 2 });
    await here.run(targets);
    here.pass({ hours: 2 });
    expect(heard((await here.run(targets)).told).join()).toContain('resolved monitor-impaired critical');
    expect(await impaired()).toEqual(['closed']);
  });
});
