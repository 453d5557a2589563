import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mint } from '../support/pki.ts';
import { serveStartTls } from '../support/starttls-servers.ts';
import type { TestServer } from '../support/tls-servers.ts';
import { jsonLines } from './captured.ts';
import { runCommand } from './command.ts';

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-run-reach-'));
  const ca = await mint({ subject: 'CN=Private CA', ca: true });
  const leaf = await mint({ subject: 'CN=db.test', names: ['127.0.0.1'], issuer: ca });
  await writeFile(join(folder, 'ca.pem'), ca.pem);
  server = await serveStartTls('postgres', [leaf], 'willing', { ecdhCurve: 'X25519' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('notafter run', () => {
  it('guards what it connects to, and lets checks speak, as the configuration says', async () => {
    const [config, data] = [join(folder, 'c.yaml'), ['--data', join(folder, 'data')]];
    const [allowed, refused] = [`127.0.0.1:${server.port}/postgres`, '127.0.0.2:1'];
    await writeFile(
      config,
      `egressGuard: true
revocation: off
checks: [not-post-quantum]
targets: [{ endpoint: ${allowed}, ca: ca.pem, allow: [127.0.0.1/32] }, "${refused}"]
`,
    );
    await runCommand(['run', '--config', config, ...data]);
    const shown = async (label: string) =>
      jsonLines((await runCommand(['show', label, '--json', ...data])).stdout)[0];
    expect((await shown(refused)).state).toMatchObject({
      seenAt: null,
      failure: { reason: 'address_refused' },
    });
    expect(await shown(allowed)).toMatchObject({
      content: { chains: [{ nameMatches: true }] },
      findings: [{ check: 'not-post-quantum' }],
    });
  });

  it('tells at once of a client certificate that cannot be used, and watches the rest', async () => {
    const [config, data] = [join(folder, 'client.yaml'), ['--data', join(folder, 'client-data')]];
    const [shows, plain] = [`127.0.0.1:${server.port}/postgres`, join(folder, 'ca.pem')];
    await writeFile(
      config,
      `targets:
  - { endpoint: ${shows}, ca: ca.pem, clientCertificate: { cert: ca.pem, key: nosuch.key } }
  - { truststore: ca.pem }
`,
    );
    const { code, stderr } = await runCommand(['run', '--config', config, ...data]);
    expect(code).toBe(3);
    const fault = `${join(folder, 'nosuch.key')}: the file does not exist (ENOENT)`;
    expect(stderr.replace(/yaml:2:\d+/, 'yaml:2:N')).toContain(
      `client.yaml:2:N: targets[0].clientCertificate.key: ${fault}\n`,
    );
    const shown = async (label: string) =>
      jsonLines((await runCommand(['show', label, '--json', ...data])).stdout)[0];
    expect((await shown(shows)).state.failure).toEqual({ reason: 'client_unusable', detail: fault });
    expect((await shown(plain)).state.failure).toBeUndefined();
  });
});

describe('notafter show', () => {
  it('says of an endpoint what a deep look learned, escaped', async () => {
    const [config, data] = [join(folder, 'deep.yaml'), ['--data', join(folder, 'deep-data')]];
    const ca = await mint({ subject: 'CN=Deep CA', ca: true });
    const hostile = await mint({ subject: 'CN=CA \u009b2J', ca: true });
    const leaf = await mint({ subject: 'CN=ec.test', names: ['127.0.0.1'], issuer: ca });
    const rsa = await mint({ subject: 'CN=rsa.test', names: ['127.0.0.1'], issuer: ca, key: 'rsa' });
    await writeFile(join(folder, 'deep-ca.pem'), ca.pem);
    const keys = { cert: [leaf.pem, rsa.pem], key: [leaf.keyPem, rsa.keyPem] };
    const asking = { requestCert: true, rejectUnauthorized: false, ca: [ca.pem, hostile.pem] };
    const both = await serveStartTls('postgres', [leaf], 'willing', { ...keys, ...asking });
    try {
      const label = `127.0.0.1:${both.port}/postgres`;
      await writeFile(config, `revocation: crl\ntargets: [{ endpoint: "${label}", ca: deep-ca.pem }]\n`);
      await runCommand(['run', '--config', config, ...data]);
      const { stdout } = await runCommand(['show', label, ...data]);
      expect(stdout).toMatch(/^ {2}chain {5}(?:ec|rsa)\.test {2,}in 89 d/m);
      expect(stdout).toMatch(/^ {12}Deep CA \(trust anchor\) {2,}in /m);
      expect(stdout).toMatch(
        /^ {2}tls {7}TLSv1\.3, .*, asked for in postgres, client certificate asked for$/m,
      );
      expect(stdout).toMatch(/^ {2}versions {2}TLS 1\.3, 1\.2$/m);
      expect(stdout).toMatch(/^ {2}also {6}(?:rsa\.test .*, RSA 2048|ec\.test .*, EC 256 .*), unknown: /m);
      expect(stdout).toMatch(/^ {2}asks for {2}client certificate from CN=Deep CA; CN=CA \\u\{9b\}2J$/m);
      expect(stdout).toMatch(/^ {2}revocation {2}unknown: the certificate names neither/m);
      expect(stdout).toMatch(/^ {2}deeper {4}2\d{3}-.* UTC$/m);
      expect(stdout).toMatch(/^ {2}inquired {2}2\d{3}-.* UTC, of the CAs and DNS$/m);
    } finally {
      await both.close();
    }
  });
});
