import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../lib/run/collector.ts';
import { type Issued, mint } from '../support/pki.ts';
import { serveTls, type TestServer } from '../support/tls-servers.ts';
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
