import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issued, mint, pemBundle } from '../support/pki.ts';
import { jsonLines, runCaptured } from './captured.ts';

const DAY = 86_400_000;
let folder: string;
let healthy: Issued;
let expired: Issued;
let due: Issued;

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-inspect-'));
  const issuer = await mint({ subject: 'CN=Test CA', ca: true, days: 3650 });
  const issue = (name: string, from: number, to: number) =>
    mint({
      subject: `CN=${name},O=Acme`,
      issuer,
      names: [name, '192.0.2.1'],
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
    });
  [healthy, expired, due] = await Promise.all([
    issue('healthy.test', -1, 89),
    issue('expired.test', -91, -1),
    issue('due.test', -80, 10),
  ]);
});

afterAll(() => rm(folder, { recursive: true }));

describe('inspecting a file', () => {
  it('shows everything a certificate says about itself', async () => {
    const { code, stdout, stderr } = await runCaptured(['inspect', await file('one.pem', healthy.pem)]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const expected of [
      'healthy.test',
      'in 88 d',
      'CN=Test CA',
      'healthy.test, 192.0.2.1',
      'EC 256 (prime256v1), leaf, signed ecdsa-with-SHA256',
      healthy.x509.serialNumber.toLowerCase(),
      healthy.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    ]) {
      expect(stdout).toContain(expected);
    }
  });

  it('reads DER, and standard input', async () => {
    const der = await runCaptured(['inspect', await file('one.der', healthy.der)]);
    const piped = await runCaptured(['inspect', '-'], healthy.pem);
    expect([der.code, piped.code]).toEqual([0, 0]);
    expect(der.stdout).toContain('healthy.test');
    expect(piped.stdout).toContain('standard input  1 certificate');
  });

  it('reads a pipe that the shell hands over as a file', async () => {
    const path = join(folder, 'substitution');
    spawnSync('mkfifo', [path]);
    const written = writeFile(path, healthy.pem);
    const { code, stdout } = await runCaptured(['inspect', path]);
    await written;
    expect(code).toBe(0);
    expect(stdout).toContain('1. healthy.test');
  });

  it('never lets one bad block hide the good ones, and says where it is', async () => {
    const bad = '-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
    const path = await file('mixed.pem', healthy.pem + bad + due.pem);
    const { code, stdout } = await runCaptured(['inspect', path]);
    expect(code).toBe(1);
    expect(stdout).toContain('2 certificates, 1 of 3 blocks unreadable');
    const first = healthy.pem.trimEnd().split('\n').length + 1;
    expect(stdout).toContain(`lines ${first}–${first + 2}`);
    expect(stdout).toContain('1. healthy.test');
    expect(stdout).toContain('2. due.test');
  });

  it('tells by its exit code what was found, the worst of all files', async () => {
    const [good, warning, critical] = await Promise.all([
      file('good.pem', healthy.pem),
      file('warning.pem', due.pem),
      file('critical.pem', expired.pem),
    ]);
    const codes = await Promise.all([
      runCaptured(['inspect', good]),
      runCaptured(['inspect', warning, good]),
      runCaptured(['inspect', good, critical, warning]),
    ]);
    expect(codes.map(({ code }) => code)).toEqual([0, 1, 2]);
    expect(codes[2]?.stdout).toContain('expired 24 h ago');
  });

  it('begins a long bundle with what is urgent in it, by position', async () => {
    const others = await Promise.all(
      [1, 2, 3].map((host) => mint({ subject: `CN=h${host}`, names: ['h.test'] })),
    );
    const { stdout } = await runCaptured([
      'inspect',
      await file('long.pem', pemBundle(...others, due, expired)),
    ]);
    const [head = ''] = stdout.split('\n\n');
    expect(head).toMatch(
      /5 certificates\n {3}critical {2}5\. expired\.test .*\n {3}warning {3}4\. due\.test .*$/,
    );
  });

  it('judges a file of CAs as a bundle that somebody administers, and any file so when told to', async () => {
    const ca = await mint({
      subject: 'CN=Old CA',
      ca: true,
      notBefore: new Date(Date.now() - 3600 * DAY),
      days: 60,
    });
    const bundle = await file('ca.pem', ca.pem);
    const mixed = await file('ca-and-leaf.pem', pemBundle(ca, healthy));
    expect((await runCaptured(['inspect', bundle])).code).toBe(1);
    expect((await runCaptured(['inspect', mixed])).code).toBe(0);
    expect((await runCaptured(['inspect', '--as', 'truststore', mixed])).code).toBe(1);
  });

  it('finds a private key, encrypted or not, and shows none of it', async () => {
    const key =
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0c2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n';
    const path = await file('with-key.pem', key + healthy.pem);
    const human = await runCaptured(['inspect', path]);
    const json = await runCaptured(['inspect', '--json', path]);
    expect(human.code).toBe(1);
    expect(human.stdout).toContain('healthy.test');
    expect(human.stdout + json.stdout).not.toContain('c2VjcmV0');
    expect(jsonLines(json.stdout).at(-1).problem).toMatchObject({
      check: 'private-key-in-bundle',
      lines: [1],
    });
  });

  it('lets no certificate command the terminal', async () => {
    const hostile = await mint({ subject: 'CN=evil\u001b[2J\u009b31m\u202e', names: ['a.test'] });
    const path = await file('hostile.pem', hostile.pem);
    const human = await runCaptured(['inspect', path]);
    const json = await runCaptured(['inspect', '--json', path]);
    expect(human.stdout).toContain('evil\\1B[2J\\u{9b}31m\\u{202e}');
    for (const text of [human.stdout, json.stdout]) expect(text).not.toMatch(/(?!\n)\p{C}/u);
    expect(jsonLines(json.stdout)[0].subject).toContain('evil');
  });
});

describe('a file that cannot be inspected', () => {
  it.each([
    ['is not there', 'file_not_found', async () => join(folder, 'missing.pem')],
    [
      'is a directory',
      'file_is_directory',
      async () => {
        await mkdir(join(folder, 'folder'), { recursive: true });
        return join(folder, 'folder');
      },
    ],
    ['is empty', 'no_certificates', () => file('empty.pem', '')],
    ['holds no certificate', 'no_certificates', () => file('text.pem', 'hello\n')],
    [
      'has 200 MB',
      'file_too_large',
      async () => {
        const path = await file('huge.pem', '');
        await truncate(path, 200_000_000);
        return path;
      },
    ],
  ] as const)('because it %s is a finding, and the next file is read', async (_why, reason, path) => {
    const good = await file(`beside-${reason}.pem`, healthy.pem);
    const { code, stdout } = await runCaptured(['inspect', '--json', await path(), good]);
    expect(code).toBe(3);
    const [problem, certificate] = jsonLines(stdout);
    expect(problem.problem).toMatchObject({ check: 'could-not-observe', failure: { reason } });
    expect(certificate.file).toBe(good);
  });
});

describe('inspect --json', () => {
  it('prints one documented object per certificate', async () => {
    const path = await file('two.pem', pemBundle(healthy, due));
    const lines = jsonLines((await runCaptured(['inspect', '--json', path])).stdout);
    expect(lines).toHaveLength(2);
    expect(Object.keys(lines[0])).toEqual([
      'file',
      'position',
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
      'remainingSeconds',
      'findings',
    ]);
    expect(lines[0]).toMatchObject({
      file: path,
      position: 1,
      subject: healthy.subject,
      issuer: 'CN=Test CA',
      subjectAltNames: [
        { type: 'dns', value: 'healthy.test' },
        { type: 'ip', value: '192.0.2.1' },
      ],
      role: 'leaf',
      findings: [],
    });
    expect(lines[1]).toMatchObject({ position: 2, findings: [{ check: 'expiring', severity: 'warning' }] });
    expect(lines[1].remainingSeconds).toBeGreaterThan(9.9 * 86_400);
  });
});
