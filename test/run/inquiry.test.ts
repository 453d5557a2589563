import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointContent } from '../../lib/core/content.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { mintCrl } from '../support/crl.ts';
import { type Issued, mint } from '../support/pki.ts';
import { pointers } from '../support/pointers.ts';
import { startPublisher } from '../support/publisher.ts';
import { serveTls } from '../support/tls-servers.ts';
import { endpoint, heard, world } from './world.ts';

const here = world();

let root: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 7300 });
});

async function publishing() {
  const publisher = await startPublisher();
  onTestFinished(() => publisher.close());
  return publisher;
}

async function serving(chain: readonly Issued[]) {
  const server = await serveTls(chain);
  onTestFinished(() => server.close());
  const target = endpoint('127.0.0.1', server.port, {
    serverName: 'api.test',
    ca: await here.file('ca.pem', root),
    allow: ['127.0.0.0/8'],
    owner: 'payments',
  });
  const collector = { timeoutMs: 5_000, concurrency: 2, revocation: 'crl' } as const;
  return {
    server,
    target,
    run: () => here.run([target], { collector }),
    content: async () => (await readTarget(here.table, target.id)).content as EndpointContent,
  };
}

describe('a certificate that is revoked between two runs', () => {
  it('is spoken of within a day, stays open while nobody can be asked, and closes when it was replaced', async () => {
    const publisher = await publishing();
    const extensions = pointers({ crl: [[publisher.url('/ca.crl')]] });
    const named = { subject: 'CN=api.test', names: ['api.test'], issuer: root, extensions };
    const [old, renewed] = await Promise.all([mint(named), mint(named)]);
    const list = (...revoked: Issued[]) =>
      mintCrl({
        issuer: root,
        entries: revoked.map(({ x509 }) => ({ serialNumber: x509.serialNumber, reason: 1 })),
      });
    const { run, server } = await serving([old]);
    publisher.publish('/ca.crl', list());
    expect((await run()).told).toEqual([]);
    expect(publisher.asked).toHaveLength(1);

    here.pass({ hours: 2 });
    await run();
    expect(publisher.asked).toHaveLength(1);

    publisher.publish('/ca.crl', list(old));
    here.pass({ days: 1 });
    const { told } = await run();
    expect(heard(told)).toEqual(['payments news: opened revoked critical']);
    expect(told[0]?.alerts[0]?.message).toBe(
      'api.test was revoked on 2026-05-04 03:02 UTC (keyCompromise), says the CRL of its CA',
    );
    expect(told[0]?.alerts[0]?.advice).toContain('with a new key');

    publisher.publish('/ca.crl', 503);
    for (const day of [1, 1]) {
      here.pass({ days: day });
      expect(heard((await run()).told).join()).not.toContain('resolved');
    }

    publisher.publish('/ca.crl', list(old));
    server.present([renewed]);
    here.pass({ hours: 2 });
    await run();
    here.pass({ hours: 2 });
    expect(heard((await run()).told)).toEqual(['payments closed: resolved revoked critical']);
  });
});

describe('a chain that is not sent whole', () => {
  it('is spoken of with who copes all the same', async () => {
    const publisher = await publishing();
    const issuing = await mint({ subject: 'CN=Issuing CA', ca: true, issuer: root, days: 3650 });
    const extensions = pointers({ issuer: [publisher.url('/ca.cer')] });
    const leaf = await mint({ subject: 'CN=api.test', names: ['api.test'], issuer: issuing, extensions });
    publisher.publish('/ca.cer', issuing.der);
    const { run, server, content } = await serving([leaf]);
    const first = await run();
    expect(heard(first.told)).toEqual(['payments baseline: baseline incomplete-chain warning']);
    expect(first.told[0]?.alerts[0]?.message).toContain(
      'clients that fetch missing issuers (browsers) get through, others do not',
    );
    expect(Object.values((await content()).inquiry?.fetched ?? {})).toEqual([true]);
    server.present([leaf, issuing]);
    here.pass({ hours: 2 });
    await run();
    here.pass({ hours: 2 });
    expect(heard((await run()).told)).toEqual(['payments closed: resolved incomplete-chain warning']);
  });
});
