import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EndpointObservation } from '../../lib/core/observation.ts';
import type { ClientFiles } from '../../lib/core/reach.ts';
import type { EndpointTarget } from '../../lib/core/target.ts';
import { type Collector, createCollector } from '../../lib/run/collector.ts';
import { type Issued, mint } from '../support/pki.ts';
import { serveProxy } from '../support/starttls-servers.ts';
import { serveMutualTls, serveTls, type TestServer } from '../support/tls-servers.ts';
import { endpoint } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'notafter-collector-'));
const now = new Date('2026-12-01T00:00:00Z');

let root: Issued;
let server: TestServer;
let collector: Collector;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  server = await serveTls([await mint({ subject: 'CN=api.test', issuer: root })]);
  collector = createCollector({ timeoutMs: 5_000, concurrency: 10, now: () => now });
});

afterAll(async () => {
  collector.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

afterEach(() => vi.unstubAllEnvs());

const collect = (ca: string) => collector.collect(endpoint('127.0.0.1', server.port, { ca }));
const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('a CA file that cannot be used', () => {
  const pipe = join(folder, 'pipe.pem');
  beforeAll(() => {
    spawnSync('mkfifo', [pipe]);
  });

  it.each([
    ['is missing', () => join(folder, 'missing.pem'), /missing\.pem: .*ENOENT/],
    ['is a pipe', () => pipe, /pipe\.pem: .*it is a pipe or a device/],
    ['is a directory', () => folder, /director/],
    ['is empty', () => write('empty.pem', ''), /empty\.pem: no CA certificate .*no CERTIFICATE block/],
    ['holds only a key', () => write('key.pem', root.keyPem), /key\.pem: no CA certificate/],
    [
      'holds no readable certificate',
      () => write('bad.pem', '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n'),
      /bad\.pem: no CA certificate .*line 1: /,
    ],
  ])('because it %s is the reason why its endpoint was not looked at', async (_, path, detail) => {
    const accepted = server.accepted();
    expect(await collect(path())).toEqual({
      kind: 'endpoint',
      observedAt: now,
      addresses: [],
      addressesKnown: 0,
      failure: { reason: 'ca_unusable', detail: expect.stringMatching(detail) },
    });
    expect(server.accepted()).toBe(accepted);
  });

  it('keeps no other endpoint from being seen', async () => {
    await collect(join(folder, 'missing.pem'));
    expect(await collect(write('root.pem', root.pem))).toMatchObject({
      addresses: [{ answer: { chain: { verdict: null } } }],
    });
  });
});

describe('a client certificate', () => {
  let client: Issued;
  let mutual: TestServer;
  const reached = (reach: Partial<EndpointTarget>) =>
    collector.collect(endpoint('127.0.0.1', mutual.port, reach)) as Promise<EndpointObservation>;
  const encrypted = (passphrase: string) =>
    createPrivateKey(client.keyPem).export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase,
    });

  beforeAll(async () => {
    client = await mint({ subject: 'CN=client.test', issuer: root });
    const served = await mint({ subject: 'CN=mutual.test', issuer: root });
    mutual = await serveMutualTls([served], root, 'TLSv1.3');
    write('client.pem', client.pem);
    write('client.key', client.keyPem);
    write('locked.key', encrypted('s3cret').toString());
  });
  afterAll(() => mutual.close());

  const pem = (key: string) => ({ cert: join(folder, 'client.pem'), key: join(folder, key) });

  it('is shown by those targets alone that have one', async () => {
    vi.stubEnv('LOCKED', 's3cret');
    const shown = [
      await reached({}),
      await reached({ client: pem('client.key') }),
      await reached({ client: { ...pem('locked.key'), passphraseFrom: 'LOCKED' } }),
    ].map(({ addresses: [address] }) => address?.answer?.clientCertificateRequired);
    expect(shown).toEqual([true, false, false]);
  });

  it.each<[string, () => ClientFiles, RegExp]>([
    ['is missing', () => ({ ...pem('client.key'), cert: join(folder, 'no.pem') }), /no\.pem: .*ENOENT/],
    ['has a key that is missing', () => pem('no.key'), /no\.key: .*ENOENT/],
    [
      'is encrypted, and no variable is named',
      () => pem('locked.key'),
      /locked\.key is encrypted: give its passphrase in an environment variable, and name it as passphrase/,
    ],
    [
      'has a passphrase in a variable that is not set',
      () => ({ ...pem('locked.key'), passphraseFrom: 'NOT_SET_ANYWHERE' }),
      /the environment variable NOT_SET_ANYWHERE is not set/,
    ],
    [
      'is no PKCS #12 file',
      () => ({ pkcs12: join(folder, 'client.pem') }),
      /client\.pem: .*wanted a PKCS #12/,
    ],
  ])('that %s is the reason why its endpoint was not looked at', async (_, files, detail) => {
    const accepted = mutual.accepted();
    expect(await reached({ client: files() })).toMatchObject({
      addresses: [],
      failure: { reason: 'client_unusable', detail: expect.stringMatching(detail) },
    });
    expect(mutual.accepted()).toBe(accepted);
  });
});

describe('the way to an endpoint', () => {
  it('leads through its proxy, with what the environment says to it', async () => {
    vi.stubEnv('NOTAFTER_PROXY_AUTH', 'me:secret');
    const proxy = await serveProxy(server);
    const target = endpoint('far.test', 443, { proxy: `${proxy.address}:${proxy.port}` });
    expect(await collector.collect(target)).toMatchObject({
      addresses: [{ address: 'far.test', answer: {} }],
    });
    await proxy.close();
    expect(proxy.requests[0]).toContain('Proxy-Authorization: Basic bWU6c2VjcmV0\r\n');
  });

  it('is judged where the guard is on, by what each target allows', async () => {
    const guarded = createCollector({ timeoutMs: 5_000, concurrency: 10, now: () => now, egressGuard: true });
    const look = async (reach: Partial<EndpointTarget>) => {
      const target = endpoint('127.0.0.1', server.port, reach);
      const { addresses } = (await guarded.collect(target)) as EndpointObservation;
      return addresses[0]?.failure?.reason ?? 'seen';
    };
    const ways = [{}, { allow: ['127.0.0.0/8'] }, { allow: 'private' as const }];
    expect(await Promise.all(ways.map(look))).toEqual(['address_refused', 'seen', 'address_refused']);
    guarded.close();
  });

  it('is opened once for all that are reached alike', async () => {
    const ca = write('once.pem', root.pem);
    await collect(ca);
    rmSync(ca);
    expect(await collect(ca)).toMatchObject({ addresses: [{ answer: { chain: { verdict: null } } }] });
    const other = endpoint('127.0.0.1', server.port, { ca, stores: ['mozilla'] });
    expect(await collector.collect(other)).toMatchObject({ failure: { reason: 'ca_unusable' } });
  });

  it('ends at the stores that were chosen', async () => {
    const seen = await collector.collect(
      endpoint('127.0.0.1', server.port, { stores: ['system', 'mozilla'], ca: write('root.pem', root.pem) }),
    );
    expect(seen).toMatchObject({
      addresses: [
        { answer: { chain: { verdict: null, stores: [{ store: 'system' }, { store: 'mozilla' }] } } },
      ],
    });
  });
});
