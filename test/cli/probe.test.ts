import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveDns } from '../support/dns-server.ts';
import { type Issued, mint } from '../support/pki.ts';
import { refusedPort, serveMutualTls, serveTls, type TestServer } from '../support/tls-servers.ts';
import { jsonLines, runCaptured } from './captured.ts';

const DAY = 86_400_000;
let folder: string;
let ca: Issued;
let caFile: string;
let dead: number;
const servers: TestServer[] = [];
let healthy: TestServer;
let due: TestServer;
let expired: TestServer;
let mutual: TestServer;

function issue(from: number, to: number): Promise<Issued> {
  return mint({
    subject: 'CN=api.test',
    issuer: ca,
    names: ['api.test', '127.0.0.1', '127.0.0.2'],
    notBefore: new Date(Date.now() + from * DAY),
    notAfter: new Date(Date.now() + to * DAY),
  });
}

function at(server: TestServer): string {
  return `${server.address}:${server.port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-probe-'));
  ca = await mint({ subject: 'CN=Private CA', ca: true, days: 3650 });
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.pem);
  const fresh = await issue(-1, 89);
  healthy = await serveTls([fresh]);
  due = await serveTls([await issue(-80, 10)]);
  expired = await serveTls([await issue(-91, -1)]);
  mutual = await serveMutualTls([fresh], ca, 'TLSv1.3');
  servers.push(healthy, due, expired, mutual);
  dead = await refusedPort();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

describe('probing a few targets', () => {
  it('draws a card with what is served, until when and how', async () => {
    const { code, stdout, stderr } = await runCaptured(['probe', '--ca', caFile, at(healthy)]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`${at(healthy)}  ok  in 88 d`);
    expect(stdout).toContain('CN=Private CA (trust anchor, not sent)');
    expect(stdout).toMatch(/tls {7}TLSv1\.3, TLS_AES_\w+, X25519/);
    expect(stdout).toMatch(/addresses 127\.0\.0\.1$/m);
    expect(code).toBe(0);
  });

  it('says what is wrong, what to do, and the reason code of what could not be seen', async () => {
    const { code, stdout } = await runCaptured(['probe', '--ca', caFile, at(expired), `127.0.0.1:${dead}`]);
    expect(stdout).toMatch(/critical {2}.*expired.*\[expired\]\n +→ /);
    expect(stdout).toContain(`127.0.0.1:${dead}  unknown`);
    expect(stdout).toContain('127.0.0.1 connect_refused');
    expect(code).toBe(2);
  });

  it.each([
    ['0: nothing', () => [healthy], 0],
    ['1: a warning', () => [healthy, due], 1],
    ['2: critical', () => [due, expired], 2],
  ] as const)('exits %s', async (_what, chosen, expected) => {
    const { code } = await runCaptured(['probe', '--json', '--ca', caFile, ...chosen().map(at)]);
    expect(code).toBe(expected);
  });

  it('exits 3 where something could not be observed and nothing worse was found', async () => {
    const { code, stdout } = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      at(healthy),
      `127.0.0.1:${dead}`,
    ]);
    expect(code).toBe(3);
    expect(jsonLines(stdout).map((line) => line.status)).toEqual(['ok', 'unknown']);
  });
});

describe('probing many targets', () => {
  it('prints a line each in the order of the file, and a summary beside it', async () => {
    const list = [healthy, expired, due, healthy, expired, mutual].map(at);
    const { code, stdout, stderr } = await runCaptured(
      ['probe', '--ca', caFile, '--file', '-'],
      list.join('\n'),
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual(list);
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual([
      'ok',
      'critical',
      'warning',
      'ok',
      'critical',
      'ok',
    ]);
    expect(stderr).toBe('6 probed: 2 critical, 1 warning, 3 ok\n');
    expect(code).toBe(2);
  });

  it('exits 3 for a target that is none, beside one that is fine', async () => {
    const { code, stdout } = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      at(healthy),
      'http://plain.test',
    ]);
    expect(jsonLines(stdout)).toHaveLength(1);
    expect(code).toBe(3);
  });

  it('never loses a good line to a bad one', async () => {
    const path = join(folder, 'list.txt');
    await writeFile(path, `# ours\n${at(healthy)}\nhttp://plain.test\n${at(due)} name=api.test\n`);
    const { code, stdout, stderr } = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      '--file',
      path,
      'a:99999',
    ]);
    expect(jsonLines(stdout).map((line) => line.target)).toEqual([at(healthy), `${at(due)}#api.test`]);
    expect(stderr).toContain(`${path}, line 3: "http://plain.test" is not TLS`);
    expect(stderr).toContain('"a:99999"');
    expect(code).toBe(1);
  });
});

describe('probe --json', () => {
  it('prints one documented object per target', async () => {
    const { stdout } = await runCaptured(['probe', '--json', '--ca', caFile, at(due)]);
    const [line] = jsonLines(stdout);
    expect(Object.keys(line)).toEqual([
      'target',
      'host',
      'port',
      'serverName',
      'starttls',
      'observedAt',
      'status',
      'notAfter',
      'remainingSeconds',
      'addressesKnown',
      'addresses',
      'findings',
      'certificates',
    ]);
    const [certificate] = line.certificates;
    expect(line).toMatchObject({
      target: at(due),
      status: 'warning',
      notAfter: certificate.notAfter,
      addresses: [{ address: '127.0.0.1', chain: [certificate.fingerprint], path: [0], protocol: 'TLSv1.3' }],
      findings: [{ check: 'expiring', severity: 'warning', fingerprint: certificate.fingerprint }],
    });
    expect(line.addresses[0].anchor).toMatchObject({ subject: 'CN=Private CA' });
    expect(Object.keys(certificate)).toEqual([
      'fingerprint',
      'serialNumber',
      'subject',
      'issuer',
      'subjectAltNames',
      'notBefore',
      'notAfter',
      'keyAlgorithm',
      'keySize',
      'keyCurve',
      'signatureAlgorithm',
      'spkiSha256',
      'role',
      'selfSigned',
      'scts',
    ]);
  });

  it('names the reason of every address that failed', async () => {
    const { stdout } = await runCaptured(['probe', '--json', `127.0.0.1:${dead}`]);
    expect(jsonLines(stdout)[0]).toMatchObject({
      status: 'unknown',
      notAfter: null,
      addresses: [{ address: '127.0.0.1', failure: { reason: 'connect_refused' } }],
      certificates: [],
    });
  });
});

describe('what can be set', () => {
  it('the resolver, and whether every address is looked at', async () => {
    const port = healthy.port;
    const second = await serveTls([await issue(-1, 89)], {}, { address: '127.0.0.2', port });
    const dns = await serveDns({ 'api.test': ['127.0.0.1', '127.0.0.2'] });
    const options = ['--json', '--ca', caFile, '--dns', `127.0.0.1:${dns.port}`, `api.test:${port}`];
    const every = await runCaptured(['probe', ...options]);
    const first = await runCaptured(['probe', '--no-all-addresses', ...options]);
    await Promise.all([second.close(), dns.close()]);
    expect(jsonLines(every.stdout)[0].addresses).toHaveLength(2);
    expect(jsonLines(every.stdout)[0].certificates).toHaveLength(2);
    expect(jsonLines(first.stdout)[0].addresses).toHaveLength(1);
    expect(every.code).toBe(0);
  });

  it('says where there are more addresses than it looked at', async () => {
    const dns = await serveDns({ 'api.test': ['127.0.0.1', '127.0.0.2', '127.0.0.3'] });
    const name = `api.test:${healthy.port}`;
    const common = ['probe', '--ca', caFile, '--dns', `127.0.0.1:${dns.port}`, '--no-all-addresses'];
    const card = await runCaptured([...common, name]);
    const lines = await runCaptured([...common, ...Array(6).fill(name)]);
    const every = await runCaptured([...common, '--all-addresses', name]);
    await dns.close();
    expect(card.stdout).toMatch(/\n {2}sample +looked at 1 of 3 addresses\n/);
    expect(lines.stdout.match(/^ok .* looked at 1 of 3 addresses$/gm)).toHaveLength(6);
    expect(every.stdout).not.toContain('looked at');
  });

  it('the server name, which then has to match', async () => {
    const named = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      '--server-name',
      'api.test',
      at(healthy),
    ]);
    const other = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      '--server-name',
      'other.test',
      at(healthy),
    ]);
    expect(named.code).toBe(0);
    expect(jsonLines(named.stdout)[0]).toMatchObject({ host: '127.0.0.1', serverName: 'api.test' });
    expect(jsonLines(other.stdout)[0].findings).toMatchObject([{ check: 'name-mismatch' }]);
  });

  it('the client certificate to offer', async () => {
    const client = await issue(-1, 30);
    const cert = join(folder, 'client.pem');
    const key = join(folder, 'client.key');
    await Promise.all([writeFile(cert, client.pem), writeFile(key, client.keyPem)]);
    const without = await runCaptured(['probe', '--json', '--ca', caFile, at(mutual)]);
    const offered = await runCaptured([
      'probe',
      '--json',
      '--ca',
      caFile,
      '--cert',
      cert,
      '--key',
      key,
      at(mutual),
    ]);
    const required = [without, offered].map(
      ({ stdout }) => jsonLines(stdout)[0].addresses[0].clientCertificateRequired,
    );
    expect(required).toEqual([true, false]);
  });

  it('says in words what is wrong with the client certificate to offer', async () => {
    const [client, other] = [await issue(-1, 30), await issue(-1, 30)];
    const encrypted = createPrivateKey(client.keyPem);
    const how = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
    const files = {
      'offered.pem': client.pem,
      'other.key': other.keyPem,
      'pkcs8.key': encrypted.export({ ...how, type: 'pkcs8' }),
      'sec1.key': encrypted.export({ ...how, type: 'sec1' }),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    for (const [cert, key, message] of [
      [
        'offered.pem',
        'pkcs8.key',
        'pkcs8.key is encrypted: give its passphrase in the environment variable NOTAFTER_PASSPHRASE',
      ],
      [
        'offered.pem',
        'sec1.key',
        'sec1.key is encrypted: give its passphrase in the environment variable NOTAFTER_PASSPHRASE',
      ],
      ['offered.pem', 'other.key', 'other.key does not belong to the certificate'],
      ['offered.pem', 'offered.pem', 'offered.pem holds no private key'],
      ['other.key', 'other.key', 'other.key does not begin with a certificate'],
    ] as const) {
      const args = ['probe', '--cert', join(folder, cert), '--key', join(folder, key), at(mutual)];
      await expect(runCaptured(args)).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining(message),
      });
    }
  });

  it.each([
    ['nothing to probe', [], 'nothing to probe'],
    ['an empty list', ['--file', '-'], 'standard input names no targets'],
    ['a missing list', ['--file', '/nowhere/list'], 'the file does not exist'],
    ['a directory as list', ['--file', '/'], 'a directory stands where a file was expected'],
    ['a certificate without its key', ['--cert', 'a.pem', 'a.test'], 'belong together'],
    ['an impossible server name', ['--server-name', 'a b', 'a.test'], '--server-name: '],
    ['a CA file without CAs', ['--ca', '/dev/null', 'a.test'], '--ca /dev/null: '],
  ])('%s is an error in one sentence', async (_what, args, message) => {
    await expect(runCaptured(['probe', ...args])).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  });
});
