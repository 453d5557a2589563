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

/** What the inventory says of the endpoint after a run with this configuration. */
async function shownAfter(name: string, settings: string) {
  const [config, data] = [join(folder, `${name}.yaml`), ['--data', join(folder, name)]];
  const label = `127.0.0.1:${server.port}/postgres`;
  await writeFile(config, `${settings}\nca: ca.pem\nrevocation: off\ntargets: [${label}]\n`);
  await runCommand(['run', '--config', config, ...data]);
  const [shown] = jsonLines((await runCommand(['show', label, '--json', ...data])).stdout);
  return shown;
}

describe('notafter run', () => {
  it('guards what it connects to, and lets checks speak, as the configuration says', async () => {
    const refused = await shownAfter('guarded', 'egressGuard: true');
    expect(refused.state).toMatchObject({ seenAt: null, failure: { reason: 'address_refused' } });
    const allowed = await shownAfter(
      'allowed',
      'egressGuard: true\nallow: [127.0.0.0/8]\nchecks: [not-post-quantum]',
    );
    expect(allowed).toMatchObject({
      content: { chains: [{ nameMatches: true }] },
      findings: [{ check: 'not-post-quantum' }],
    });
  });
});
