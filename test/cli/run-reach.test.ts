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
