import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../lib/core/observation.ts';
import { createProber } from '../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import { type Issued, mint } from '../support/pki.ts';

/** Somebody else's TLS: the probe against `openssl s_server`, and the facts against `openssl x509`. */
const there = spawnSync('openssl', ['version']).status === 0;
if (!there) process.stderr.write('no openssl on this machine: its interoperability tests are skipped\n');

const directory = mkdtempSync(join(tmpdir(), 'notafter-interop-'));
const servers: ChildProcess[] = [];
let root: Issued;
let issuer: Issued;
const leaves = new Map<string, Issued>();

beforeAll(async () => {
  root = await mint({ subject: 'CN=Interop Root', ca: true, days: 3650 });
  issuer = await mint({ subject: 'CN=Interop CA', ca: true, issuer: root, days: 1825 });
  for (const key of ['ec', 'p384', 'rsa', 'ed25519'] as const) {
    leaves.set(
      key,
      await mint({ subject: `CN=${key}.test,O=Interop`, issuer, names: [`${key}.test`], key, days: 90 }),
    );
  }
  writeFileSync(join(directory, 'root.pem'), root.pem);
  writeFileSync(join(directory, 'issuer.pem'), issuer.pem);
});

afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Starts `openssl s_server` on a free port; resolves with the port once it accepts. */
async function serve(key: string, flags: readonly string[]): Promise<number> {
  const leaf = leaves.get(key) as Issued;
  const files = { cert: join(directory, `${key}.pem`), key: join(directory, `${key}.key`) };
  writeFileSync(files.cert, leaf.pem);
  writeFileSync(files.key, leaf.keyPem);
  const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', files.cert, '-key', files.key, ...flags];
  const server = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  servers.push(server);
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', (code) => reject(new Error(`s_server ended with ${code}: ${output}`)));
  });
}

async function probe(key: string, flags: readonly string[], client?: Issued): Promise<Answer> {
  const port = await serve(key, flags);
  const prober = createProber({
    trust: loadTrust(root.pem),
    timeoutMs: 10_000,
    concurrency: 1,
    ...(client === undefined ? {} : { clientCertificate: { cert: client.pem, key: client.keyPem } }),
  });
  try {
    const observation = await prober.probe({ host: '127.0.0.1', port, serverName: `${key}.test` });
    const answer = observation.addresses[0]?.answer;
    if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(observation)}`);
    return answer;
  } finally {
    prober.close();
  }
}

const chain = ['-cert_chain', join(directory, 'issuer.pem')];
const demand = ['-Verify', '1', '-verify_return_error', '-CAfile', join(directory, 'root.pem')];

describe.skipIf(!there)('the probe and openssl s_server', () => {
  it.each([
    ['ec', 'TLSv1.3', ['-tls1_3', '-groups', 'X25519'], 'X25519'],
    ['p384', 'TLSv1.3', ['-tls1_3', '-groups', 'P-256'], 'prime256v1'],
    [
      'rsa',
      'TLSv1.2',
      ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256', '-groups', 'P-256'],
      'prime256v1',
    ],
    ['ed25519', 'TLSv1.3', ['-tls1_3', '-groups', 'X25519'], 'X25519'],
  ] as const)('%s over %s', async (key, protocol, flags, group) => {
    const answer = await probe(key, [...flags, ...chain]);
    expect(answer).toMatchObject({ protocol, keyExchangeGroup: group, clientCertificateRequired: false });
    expect(answer.chain.certificates.map(({ fingerprint }) => fingerprint)).toEqual([
      fingerprintByOpenssl((leaves.get(key) as Issued).pem),
      fingerprintByOpenssl(issuer.pem),
    ]);
    expect(answer.chain).toMatchObject({ path: [0, 1], verdict: null });
    expect(answer.chain.anchor?.subject).toBe('CN=Interop Root');
  });

  it.each([['-tls1_2'], ['-tls1_3']])('sees that a client certificate is demanded (%s)', async (version) => {
    const answer = await probe('ec', [version, ...chain, ...demand]);
    expect(answer.clientCertificateRequired).toBe(true);
    expect(answer.chain.certificates).toHaveLength(2);
  });

  it.each([['-tls1_2'], ['-tls1_3']])('sees that a client certificate is refused (%s)', async (version) => {
    const stranger = await mint({ subject: 'CN=stranger', days: 30 });
    const answer = await probe('ec', [version, ...chain, ...demand], stranger);
    expect(answer).toMatchObject({ clientCertificateRequired: true, clientCertificateRefused: true });
  });

  it('gets through with a client certificate', async () => {
    const client = await mint({ subject: 'CN=client', issuer: root, days: 30 });
    const answer = await probe('ec', ['-tls1_3', ...chain, ...demand], client);
    expect(answer.clientCertificateRequired).toBe(false);
  });

  it('sees a missing intermediate', async () => {
    const { chain: presented } = await probe('ec', ['-tls1_3']);
    expect(presented).toMatchObject({ path: [0], anchor: null, verdict: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});

function fingerprintByOpenssl(pem: string): string {
  const { stdout } = spawnSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
    input: pem,
    encoding: 'utf8',
  });
  return stdout.trim().replace(/^.*=/, '').replaceAll(':', '').toLowerCase();
}
