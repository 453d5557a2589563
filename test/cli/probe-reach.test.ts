import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DnsServer, serveDns } from '../support/dns-server.ts';
import { type Issued, mint } from '../support/pki.ts';
import { pointers } from '../support/pointers.ts';
import { startPublisher } from '../support/publisher.ts';
import { serveProxy, serveStartTls } from '../support/starttls-servers.ts';
import { serveMutualTls, serveTls, type TestServer } from '../support/tls-servers.ts';
import { jsonLines, runCaptured } from './captured.ts';
import { runCommand } from './command.ts';
import { runCli } from './process.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let folder: string;
let ca: Issued;
let leaf: Issued;
let client: Issued;
const servers: TestServer[] = [];
let plain: TestServer;
let mutual: TestServer;

const path = (name: string) => join(folder, name);
const at = ({ address, port }: TestServer) => `${address}:${port}`;
const fingerprintOf = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();

async function started<Server extends TestServer>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

/** The one line that a probe with the private CA prints. */
async function probeJson(...args: string[]) {
  return jsonLines((await runCaptured(['probe', '--json', '--ca', path('ca.pem'), ...args])).stdout)[0];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-reach-'));
  ca = await mint({ subject: 'CN=Private CA', ca: true });
  leaf = await mint({ subject: 'CN=api.test', names: ['api.test', '127.0.0.1'], issuer: ca });
  client = await mint({ subject: 'CN=client.test', issuer: ca });
  const encrypted = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 's3cret' } as const;
  await Promise.all([
    writeFile(path('ca.pem'), ca.pem),
    writeFile(path('client.pem'), client.pem),
    writeFile(path('client.key'), client.keyPem),
    writeFile(path('locked.key'), createPrivateKey(client.keyPem).export({ ...encrypted, type: 'pkcs8' })),
  ]);
  plain = await started(serveTls([leaf]));
  mutual = await started(serveMutualTls([leaf], ca, 'TLSv1.3'));
});

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

describe('a server that is asked for TLS', () => {
  it('is seen by the process, whichever way the protocol is said', async () => {
    const server = await started(serveStartTls('postgres', [leaf]));
    const common = ['probe', '--json', '--ca', path('ca.pem')];
    const named = await runCli([...common, `${at(server)}/postgres`]);
    expect(named).toMatchObject({ code: 0, stderr: '' });
    const [line] = jsonLines(named.stdout);
    expect(line).toMatchObject({ target: `${at(server)}/postgres`, starttls: 'postgres', status: 'ok' });
    expect(line.addresses[0].chain).toEqual([fingerprintOf(leaf)]);
    expect(await probeJson('--starttls', 'postgres', at(server))).toMatchObject({ status: 'ok' });
    expect(await probeJson(`postgresql://${at(server)}/app`)).toMatchObject({ status: 'ok' });
    const listed = await runCaptured([...common, '--file', '-'], `${at(server)} starttls=postgres\n`);
    expect(jsonLines(listed.stdout)[0]).toMatchObject({ target: `${at(server)}/postgres`, status: 'ok' });
  });

  it('is not what the option says where a line or an operand says otherwise', async () => {
    const args = ['probe', '--json', '--ca', path('ca.pem'), '--starttls', 'smtp', '--file', '-'];
    const { stdout } = await runCaptured([...args, `${at(plain)}/tls`], `${at(plain)} starttls=tls\n`);
    expect(jsonLines(stdout).map(({ status, starttls }) => [status, starttls])).toEqual([
      ['ok', null],
      ['ok', null],
    ]);
  });

  it('is named on the card, with how it was asked', async () => {
    const server = await started(serveStartTls('imap', [leaf]));
    const { stdout } = await runCaptured(['probe', '--ca', path('ca.pem'), `${at(server)}/imap`]);
    expect(stdout).toContain(`${at(server)}/imap  ok`);
    expect(stdout).toMatch(/tls {7}TLSv1\.3, .*, asked for in imap$/m);
  });
});

describe('the client certificate to offer', () => {
  const required = async (...args: string[]) =>
    (await probeJson(...args, at(mutual))).addresses[0].clientCertificateRequired;

  it('may have an encrypted key, whose passphrase comes from the environment', async () => {
    const locked = ['--cert', path('client.pem'), '--key', path('locked.key')];
    const without = await runCommand(['probe', ...locked, at(mutual)]);
    expect(without.stderr).toBe(
      `--cert, --key: the key in ${path('locked.key')} is encrypted: give its passphrase in the environment variable NOTAFTER_PASSPHRASE, or in one that --passphrase-from names.`,
    );
    vi.stubEnv('NOTAFTER_PASSPHRASE', 's3cret');
    expect(await required(...locked)).toBe(false);
    vi.stubEnv('OTHER', 'wr0ng');
    const wrong = await runCommand(['probe', ...locked, '--passphrase-from', 'OTHER', at(mutual)]);
    expect(wrong.stderr).toContain(
      'is encrypted, and not with the passphrase in the environment variable OTHER.',
    );
    expect(wrong.stderr).not.toContain('wr0ng');
    vi.stubEnv('OTHER', 's3cret');
    expect(await required(...locked, '--passphrase-from', 'OTHER')).toBe(false);
  });

  it.skipIf(!hasOpenssl)('may be a PKCS #12 file', async () => {
    const pkcs12 = path('client.p12');
    const input = ['-inkey', path('client.key'), '-in', path('client.pem')];
    execFileSync('openssl', ['pkcs12', '-export', ...input, '-out', pkcs12, '-passout', 'pass:s3cret']);
    vi.stubEnv('P12_PASSPHRASE', 's3cret');
    expect(await required('--pkcs12', pkcs12, '--passphrase-from', 'P12_PASSPHRASE')).toBe(false);
    expect(await required()).toBe(true);
    const closed = await runCommand(['probe', '--pkcs12', pkcs12, at(mutual)]);
    expect(closed).toMatchObject({ code: 3, stdout: '' });
    expect(closed.stderr).toBe(
      `--pkcs12: ${pkcs12} is encrypted: give its passphrase in the environment variable NOTAFTER_PASSPHRASE, or in one that --passphrase-from names.`,
    );
    vi.stubEnv('P12_PASSPHRASE', 'wr0ng');
    const wrong = ['probe', '--pkcs12', pkcs12, '--passphrase-from', 'P12_PASSPHRASE', at(mutual)];
    expect((await runCommand(wrong)).stderr).toBe(
      `--pkcs12: ${pkcs12} is encrypted, and not with the passphrase in the environment variable P12_PASSPHRASE.`,
    );
    const none = await runCommand(['probe', '--pkcs12', path('client.pem'), at(mutual)]);
    expect(none.stderr).toContain(': wanted a PKCS #12 file with a certificate and its key.');
  });

  it.each([
    ['both forms', ['--pkcs12', 'a.p12', '--cert', 'a.pem'], '--pkcs12 holds the certificate and its key'],
    ['a passphrase for nothing', ['--passphrase-from', 'X'], '--passphrase-from opens a key'],
    [
      'a key that is not there',
      ['--key', 'nosuch.key'],
      'the private key of the client certificate from nosuch',
    ],
  ])('with %s is an error in one sentence', async (_what, args, message) => {
    const pem = args.includes('nosuch.key') ? ['--cert', path('client.pem')] : [];
    expect((await runCommand(['probe', ...pem, ...args, at(plain)])).stderr).toContain(message);
  });

  it.each(['s3cr3t-KEY', 's3cr3tKEY', 'S3CR3T'])(
    'has its passphrase in a variable, and %s, which is none, is not repeated',
    async (word) => {
      const client = ['--cert', path('client.pem'), '--key', path('client.key')];
      const { code, stderr } = await runCommand(['probe', ...client, '--passphrase-from', word, at(plain)]);
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr:
          '--passphrase-from: wanted the NAME of an environment variable, such as NOTAFTER_PASSPHRASE, that is set.',
      });
    },
  );
});

describe('a proxy', () => {
  it('is connected through, with what the environment says to it', async () => {
    const proxy = await started(serveProxy(plain));
    vi.stubEnv('NOTAFTER_PROXY_AUTH', 'me:secret');
    const line = await probeJson('--proxy', `http://${at(proxy)}`, '--server-name', 'api.test', 'far.test');
    expect(line).toMatchObject({ status: 'ok', addresses: [{ address: 'far.test' }] });
    expect(proxy.requests[0]).toContain('CONNECT far.test:443 HTTP/1.1\r\n');
    expect(proxy.requests[0]).toContain('Proxy-Authorization: Basic bWU6c2VjcmV0\r\n');
  });

  it.each([
    ['me:hunter2@proxy.test:3128', 'come from the environment variable NOTAFTER_PROXY_AUTH=user:password'],
    ['https://proxy.test:3128', 'only HTTP proxies are supported, not https'],
    ['proxy.test:3128', '"proxy.test:3128" is no address of a proxy'],
    ['http://proxy.test', '"http://proxy.test" names no port'],
    ['http://proxy.test:3128/pac', 'has a path, which no proxy has'],
    ['http://proxy.test:0', 'from 1 to 65535, such as proxy.example.com:3128'],
  ])('is not %s', async (url, message) => {
    const { code, stderr } = await runCommand(['probe', '--proxy', url, 'a.test']);
    expect(code).toBe(3);
    expect(stderr).toContain(`--proxy: `);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('what is said to a proxy', () => {
  it('has a colon, and is not repeated where it has none', async () => {
    vi.stubEnv('NOTAFTER_PROXY_AUTH', 'hunter2');
    const { code, stderr } = await runCommand(['probe', '--proxy', 'http://proxy.test:3128', 'a.test']);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: '--proxy: the environment variable NOTAFTER_PROXY_AUTH holds no colon; wanted user:password.',
    });
  });
});

describe('the egress guard', () => {
  it('keeps a probe from what is not public, unless that is allowed', async () => {
    const accepted = plain.accepted();
    const refused = await probeJson('--egress-guard', '--allow', 'private', at(plain));
    expect(refused.addresses[0].failure).toEqual({
      reason: 'address_refused',
      detail: expect.stringMatching(/^127\.0\.0\.0\/8: /),
    });
    expect(plain.accepted()).toBe(accepted);
    const allowed = ['--allow', '192.0.2.0/24', '--allow', '127.0.0.0/8'];
    expect(await probeJson('--egress-guard', ...allowed, at(plain))).toMatchObject({ status: 'ok' });
  });

  it('keeps what certificates point to from what is not public, whether or not it is on', async () => {
    const publisher = await startPublisher();
    const issuer = [publisher.url('/ca.cer')];
    const pointing = await mint({
      subject: 'CN=api.test',
      issuer: await mint({ subject: 'CN=Elsewhere', ca: true }),
      extensions: pointers({ crl: [[publisher.url('/ca.crl')]], issuer }),
    });
    const server = await started(serveTls([pointing]));
    await probeJson('--deep', '--dns', '127.0.0.1:9', at(server));
    await probeJson('--revocation', 'crl', at(server));
    expect(publisher.asked).toEqual([]);
    await probeJson('--revocation', 'crl', '--allow', '127.0.0.0/8', at(server));
    expect(publisher.asked).toEqual(['GET /ca.cer']);
    await publisher.close();
  });

  it.each([
    [
      ['--allow', 'private'],
      '--allow says what the egress guard lets through: give --egress-guard, --revocation or --deep, too.',
    ],
    [['--egress-guard', '--allow', '10.0.0.0'], '"10.0.0.0" without a prefix length; wanted 10.0.0.0/32'],
    [['--egress-guard', '--allow', 'private', '--allow', '10.0.0.0/8'], 'got private within a list'],
    [['--egress-guard', '--allow', 'privat'], 'got "privat" (did you mean "private"?); wanted private, or'],
  ])('takes no %j', async (args, message) => {
    expect((await runCommand(['probe', ...args, 'a.test'])).stderr).toContain(message);
  });
});

describe('what a probe trusts and lets speak', () => {
  it('are the stores that were chosen, and the private CA beside them', async () => {
    for (const stores of ['system', 'mozilla, system']) {
      const line = await probeJson('--stores', stores, at(plain));
      expect(line.addresses[0].anchor).toMatchObject({ subject: 'CN=Private CA' });
      const judged = line.addresses[0].stores.map(({ store }: { store: string }) => store);
      expect(judged).toEqual(stores.split(', '));
    }
    expect((await runCommand(['probe', '--stores', 'mozila', 'a.test'])).stderr).toContain(
      '"mozila" (did you mean "mozilla"?); wanted mozilla or system',
    );
  });

  it('are optional checks by their ids', async () => {
    const classic = await started(serveTls([leaf], { ecdhCurve: 'X25519' }));
    const checksOf = async (...args: string[]) => {
      const { findings } = await probeJson(...args, at(classic));
      return findings.map(({ check }: { check: string }) => check);
    };
    expect(await checksOf()).toEqual([]);
    expect(await checksOf('--check', 'weak-cipher,not-post-quantum')).toEqual(['not-post-quantum']);
    expect(await checksOf('--check', 'weak-cipher', '--check', 'no-sct')).toEqual([]);
    expect(await checksOf('--check', 'all')).toContain('not-post-quantum');
    expect((await runCommand(['probe', '--check', 'no-scts', 'a.test'])).stderr).toMatch(
      /^--check: "no-scts" is no optional check \(did you mean "no-sct"\?\); wanted all, /,
    );
  });
});

describe('probe --deep', () => {
  let both: TestServer;
  let named: TestServer;
  let rsa: Issued;
  let fallback: Issued;
  let dns: DnsServer;

  beforeAll(async () => {
    dns = await serveDns({ 'api.test': { caa: [[0, 'issue', 'ca.test']] } });
    rsa = await mint({ subject: 'CN=rsa.test', names: ['api.test'], issuer: ca, key: 'rsa', days: 40 });
    fallback = await mint({ subject: 'CN=\u009b2Jdefault.test', issuer: ca });
    const hostile = await mint({ subject: 'CN=CA \u009b2J', ca: true });
    const keys = { cert: [leaf.pem, rsa.pem], key: [leaf.keyPem, rsa.keyPem] };
    const asking = { requestCert: true, rejectUnauthorized: false, ca: [ca.pem, hostile.pem] };
    both = await started(serveTls([leaf], { ...keys, ...asking }));
    const context = createSecureContext({ cert: leaf.pem, key: leaf.keyPem });
    named = await started(serveTls([fallback], { SNICallback: (_name, done) => done(null, context) }));
  });

  afterAll(() => dns.close());

  const common = () => ['--server-name', 'api.test', '--dns', `127.0.0.1:${dns.port}`];
  const card = async (...args: string[]) =>
    (await runCaptured(['probe', '--ca', path('ca.pem'), ...common(), ...args])).stdout;

  it('shows on the card what further conversations showed, escaped', async () => {
    const shown = await card('--deep', at(both));
    expect(shown).toMatch(/^ {2}versions {2}TLS 1\.3, 1\.2$/m);
    expect(shown).toMatch(/^ {2}also {6}(?:rsa\.test {2}in 39 d .*, RSA 2048.*|api\.test {2}.*, EC 256.*)$/m);
    expect(shown).toMatch(/^ {2}asks for {2}client certificate from CN=Private CA; CN=CA \\u\{9b\}2J$/m);
    expect(shown).toMatch(/^ {2}tls {7}.*, client certificate asked for$/m);
    expect(shown.match(/^ {2}chain /gm)).toHaveLength(1);
    expect(await card('--deep', at(named))).toMatch(/^ {2}default {3}\\u\{9b\}2Jdefault\.test {2}in 89 d/m);
    expect(await card(at(both))).not.toMatch(/versions|default|also|asks for {2}/);
  });

  it('says whether what is served was revoked, and why that is unknown', async () => {
    const shown = await card('--revocation', 'crl', at(both));
    expect(shown).toMatch(
      /^ {2}revocation {2}unknown: the certificate names neither a CRL nor an OCSP responder$/m,
    );
    expect(await card(at(both))).not.toContain('revocation');
  });

  it('is a part of the JSON, which counts the end of the other certificate, too', async () => {
    const line = await probeJson('--deep', ...common(), at(both));
    expect(line.deep).toEqual({
      versions: { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': false, TLSv1: false },
      clientAuthorities: ['CN=Private CA', 'CN=CA \u009b2J'],
    });
    expect(line.inquiry.caa).toMatchObject({ state: 'restricted', at: 'api.test', issuers: ['ca.test'] });
    expect((await probeJson(...common(), at(both))).inquiry).toBeUndefined();
    const [address] = line.addresses;
    expect(address).toMatchObject({ clientCertificateRequested: true, legacy: false, path: [0] });
    const leaves = [address.chain[0], address.otherKey.chain[0]];
    expect(leaves.sort()).toEqual([leaf, rsa].map(fingerprintOf).sort());
    expect(line.notAfter).toBe(
      line.certificates.find((each: { keyAlgorithm: string }) => each.keyAlgorithm === 'RSA').notAfter,
    );
    const other = await probeJson('--deep', ...common(), at(named));
    expect(other.addresses[0].unnamed).toMatchObject({ chain: [fingerprintOf(fallback)], path: [0] });
    expect(other.deep.clientAuthorities).toBeUndefined();
  });
});
