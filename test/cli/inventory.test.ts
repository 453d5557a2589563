import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { refusedPort, serveTls, type TestServer } from '../support/tls-servers.ts';
import { type Captured, jsonLines } from './captured.ts';
import { runCommand } from './command.ts';

let folder: string;
let data: string;
let config: string;
let server: TestServer;
let leaf: Issued;
let ca: Issued;
let deadPort: number;
let first: Captured;

const run = (...args: string[]) => runCommand(['run', '--data', data, '--config', config, ...args]);
const ask = (command: string, ...args: string[]) => runCommand([command, '--data', data, ...args]);
const fingerprint = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();

// What these tests read is written once, before them; those that change something have a directory of their own.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-inventory-'));
  data = join(folder, 'data');
  config = join(folder, 'notafter.yaml');
  ca = await mint({ subject: 'CN=Test Root', ca: true, days: 7300 });
  leaf = await mint({
    subject: 'CN=pay.test',
    issuer: ca,
    names: ['pay.test', 'api.test'],
    notBefore: later(-86 * DAY, new Date()),
    days: 4,
  });
  server = await serveTls([leaf]);
  deadPort = await refusedPort();
  await writeFile(join(folder, 'ca.pem'), ca.pem);
  await writeFile(
    config,
    `unreachableAfter: 3
targets:
  - endpoint: 127.0.0.1:${server.port}
    serverName: pay.test
    owner: payments
    ca: ca.pem
  - endpoint: 127.0.0.1:${server.port}
    serverName: api.test
    owner: payments
    ca: ca.pem
  - endpoint: 127.0.0.1:${deadPort}
    owner: platform
  - truststore: ca.pem
`,
  );
  first = await run();
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('notafter run', () => {
  it('exits 0 whatever it found, with messages on stdout and talk on stderr', () => {
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^First look: 2 findings \(owner payments\)\n {2}critical {2}127\.0\.0\.1:/);
    expect(first.stderr).toMatch(
      /^4 targets: 3 observed, 1 not observable; 2 alerts in 1 message\.\nNext due /,
    );
    expect(first.stderr).toContain(`Inventory: ${data}`);
  });

  it('has nothing to say again, and with --json ends with a line about itself', async () => {
    const again = await run('--all', '--json');
    expect(again.code).toBe(0);
    expect(jsonLines(again.stdout)).toMatchObject([
      { type: 'run', targets: 4, planned: 4, observed: 3, failed: 1, alerts: 0, digests: 0 },
    ]);
    const idle = await run();
    expect(idle.stdout).toBe('');
    expect(idle.stderr).toMatch(/^4 targets: none due; nothing new\.\n.*\(--all looks now\)/);
  });

  it.each([
    ['critical', 2],
    ['warning', 2],
  ])('with --exit-on %s exits %i while the worst is critical', async (floor, code) => {
    expect((await run('--exit-on', floor)).code).toBe(code);
  });

  it('prints each digest as a line of JSON', async () => {
    const elsewhere = ['run', '--data', join(folder, 'json'), '--config', config, '--json'];
    const { stdout } = await runCommand(elsewhere);
    const [digest, last] = jsonLines(stdout);
    expect(digest).toMatchObject({ type: 'digest', owner: 'payments', class: 'baseline', omitted: 0 });
    expect(digest.alerts).toHaveLength(2);
    expect(last).toMatchObject({ type: 'run', alerts: 2, digests: 1 });
  });

  it.each([
    ['a configuration that is wrong', 'targets:\n  - endpoint: "a b"\n', /broken\.yaml.*line 2|2:/s],
    ['a configuration that is not YAML', 'targets: [\n', /broken\.yaml/],
    ['an empty configuration', '', /the file is empty/],
  ])('exits 3 for %s', async (_what, text, problem) => {
    const broken = join(folder, 'broken.yaml');
    await writeFile(broken, text);
    const result = await runCommand(['run', '--data', join(folder, 'never'), '--config', broken]);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(problem);
  });

  it('exits 3 where the configuration or the data directory cannot be used', async () => {
    const missing = await run('--config', join(folder, 'nowhere.yaml'));
    expect(missing).toMatchObject({ code: 3, stdout: '' });
    expect(missing.stderr).toContain('nowhere.yaml');
    const file = await runCommand(['run', '--data', config, '--config', config]);
    expect(file).toMatchObject({ code: 3, stdout: '' });
    expect(file.stderr).toContain('is a file, and the data directory was wanted there');
    expect(await run('--table', 'both')).toMatchObject({ code: 3 });
    expect((await run('--every', '1h', '--exit-on', 'critical')).stderr).toContain('exclude each other');
  });

  it('exits 3 where nothing is watched, and says how to change that', async () => {
    const { code, stdout, stderr } = await runCommand(['run', '--data', join(folder, 'fresh')]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('notafter targets add');
  });

  it('leaves no inventory behind where the configuration is wrong', async () => {
    const untouched = join(folder, 'untouched');
    await runCommand(['run', '--data', untouched, '--config', join(folder, 'nowhere.yaml')]);
    await expect(stat(untouched)).rejects.toThrow('ENOENT');
  });
});

describe('notafter list', () => {
  it('shows every certificate at every target, and says why a target was never seen', async () => {
    const { code, stdout, stderr } = await ask('list');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    const words = lines.map((line) => line.split(/ {2,}/));
    expect(new Set(words[0])).toEqual(
      new Set(['STATUS', 'ENDS', 'NOT AFTER', 'TARGET', 'CERTIFICATE', 'OWNER', 'FINDINGS']),
    );
    const api = `127.0.0.1:${server.port}#api.test`;
    expect(words[1]).toEqual(expect.arrayContaining(['critical', 'pay.test', api, 'payments', 'expiring']));
    expect(words[3]).toEqual(expect.arrayContaining(['ok', 'Test Root', join(folder, 'ca.pem')]));
    expect(words[4]?.[0]).toBe('unseen');
    expect(words[4]).toEqual(expect.arrayContaining([`127.0.0.1:${deadPort}`, 'platform']));
    expect(words[4]?.at(-1)).toMatch(/connect_refused/);
  });

  it('is JSON Lines for machines', async () => {
    const rows = jsonLines((await ask('list', '--json', '--sort', 'target')).stdout);
    expect(rows.map(({ target, failure, fingerprint: print }) => [target, failure?.reason, print])).toEqual(
      [
        [`endpoint:127.0.0.1:${deadPort}`, 'connect_refused', null],
        ...['api', 'pay'].map((name) => [
          `endpoint:127.0.0.1:${server.port}#${name}.test`,
          undefined,
          fingerprint(leaf),
        ]),
        [`truststore:${join(folder, 'ca.pem')}`, undefined, fingerprint(ca)],
      ].sort(([a = ''], [b = '']) => (String(a) < String(b) ? -1 : 1)),
    );
  });

  it.each<[string[], number]>([
    [['--expiring-within', '10d'], 2],
    [['--expiring-within', '1d'], 0],
    [['--owner', 'payments'], 2],
    [['--owner', 'platform'], 1],
    [['--owner', '-'], 1],
    [['--owner', 'nobody at all'], 0],
    [['--kind', 'truststore'], 1],
    [['--kind', 'endpoint', '--owner', 'payments', '--severity', 'critical'], 2],
    [['--severity', 'warning'], 2],
  ])('keeps to %j', async (filter, rows) => {
    const { code, stdout, stderr } = await ask('list', '--json', ...filter);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(rows);
    expect(stderr).toBe('');
  });

  it('says on stderr that nothing matches', async () => {
    const { code, stdout, stderr } = await ask('list', '--owner', 'nobody at all');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toBe('Nothing in the inventory matches.\n');
  });
});

describe('notafter show', () => {
  it('knows a target by endpoint, id or path, and a certificate by the beginning of its fingerprint', async () => {
    const byPath = await ask('show', join(folder, 'ca.pem'), '--json');
    expect(jsonLines(byPath.stdout)).toMatchObject([
      { type: 'target', kind: 'truststore', state: { failures: 0 } },
    ]);
    const id = `endpoint:127.0.0.1:${server.port}#pay.test`;
    const [byId] = jsonLines((await ask('show', id, '--json')).stdout);
    expect(byId).toMatchObject({ target: id, owner: 'payments', ledger: [{ announced: 'critical' }] });
    const card = await ask('show', `127.0.0.1:${deadPort}`);
    expect(card.stdout).toMatch(/holds +nothing was ever seen/);
    expect(card.stdout).toMatch(/failing +the connection was refused.*\[connect_refused\], last seen never/);
    const [certificate] = jsonLines((await ask('show', fingerprint(leaf).slice(0, 12), '--json')).stdout);
    expect(certificate).toMatchObject({ type: 'certificate', fingerprint: fingerprint(leaf) });
    expect(certificate.sightings).toHaveLength(2);
    const colons = leaf.x509.fingerprint256;
    expect((await ask('show', colons)).stdout).toMatch(
      /seen at +127\.0\.0\.1:\d+#api\.test \(endpoint, payments\)/,
    );
  });

  it('knows every target by the name that the lists print', async () => {
    const table = (text: string) => text.trimEnd().split('\n').slice(1);
    const rows = [
      ...table((await ask('list')).stdout).map((line) => line.split(/ {2,}/)[3]),
      ...table((await runCommand(['targets', 'list', '--data', data])).stdout).map(
        (line) => line.split(/ {2,}/)[0],
      ),
    ];
    expect(new Set(rows).size).toBe(4);
    for (const name of rows) {
      const { stdout } = await ask('show', String(name), '--json');
      expect(jsonLines(stdout)).toMatchObject([{ target: expect.stringContaining(`:${name}`) }]);
    }
  });

  it('never calls a target ok that it does not see', async () => {
    const own = join(folder, 'unseen');
    const pem = join(folder, 'renewed.pem');
    const at = ['--data', own];
    const status = async (name: string) =>
      (await runCommand(['show', name, ...at])).stdout.split('\n')[0]?.slice(`${name}  `.length);
    await writeFile(pem, ca.pem);
    await runCommand([
      'targets',
      'add',
      `127.0.0.1:${deadPort}`,
      '--truststore',
      pem,
      '--every',
      '2h',
      ...at,
    ]);
    expect(await status(pem)).toBe('unseen');
    await runCommand(['run', ...at]);
    expect(await status(`127.0.0.1:${deadPort}`)).toBe('unseen');
    expect(await status(pem)).toBe('ok');
    await rm(pem);
    await runCommand(['run', '--all', ...at]);
    expect(await status(pem)).toBe('failing');
    await runCommand(['targets', 'remove', pem, ...at]);
    expect(await status(pem)).toBe('withdrawn');
    expect((await ask('show', `127.0.0.1:${server.port}#pay.test`)).stdout).toMatch(
      /#pay\.test {2}critical\n/,
    );
  });

  it('says the interval that is in force', async () => {
    const own = join(folder, 'cadences');
    const at = ['--data', own];
    const fixed = `127.0.0.1:${deadPort}`;
    await runCommand(['targets', 'add', fixed, '--every', '90m', ...at]);
    await runCommand(['targets', 'add', '--file', join(folder, 'ca.pem'), ...at]);
    expect((await runCommand(['show', fixed, ...at])).stdout).toMatch(
      /looked at +never, every 1h30m \(fixed\)\n/,
    );
    await runCommand(['run', ...at]);
    expect((await runCommand(['show', fixed, ...at])).stdout).toMatch(/UTC, every 1h30m \(fixed\)\n/);
    expect((await runCommand(['show', join(folder, 'ca.pem'), ...at])).stdout).toMatch(/UTC, every 1d\n/);
    const cadences = (await runCommand(['targets', 'list', ...at])).stdout.match(/\S+(?: \(fixed\))?$/gm);
    expect(cadences).toEqual(['CADENCE', '1h30m (fixed)', '1d']);
    const json = [
      ...jsonLines((await runCommand(['targets', 'list', '--json', ...at])).stdout),
      ...jsonLines((await runCommand(['show', fixed, '--json', ...at])).stdout),
    ];
    expect(json.map(({ everyMs }) => everyMs)).toEqual([5_400_000, null, 5_400_000]);
  });

  it('asks which one is meant where several targets answer', async () => {
    const { code, stdout, stderr } = await ask('show', `127.0.0.1:${server.port}`);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^several targets answer to .*#api\.test, .*#pay\.test$/);
  });

  it('exits 3 for what it does not know, and quotes it safely', async () => {
    const { code, stdout, stderr } = await ask('show', 'nowhere\u001b[2J.test');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('the inventory knows neither a target nor a certificate nowhere\\u{1b}[2J.test');
  });
});

describe('notafter alerts', () => {
  it('shows what was sent and who accepted it', async () => {
    const { code, stdout, stderr } = await ask('alerts');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}First look: 2 findings .*accepted by terminal\n/,
    );
    const [digest] = jsonLines((await ask('alerts', '--json', '--since', '1h')).stdout);
    expect(digest).toMatchObject({ class: 'baseline', owner: 'payments' });
    expect(Object.keys(digest.delivered)).toEqual(['terminal']);
  });

  it('has nothing pending', async () => {
    expect(await ask('alerts', '--pending')).toEqual({ code: 0, stdout: '', stderr: 'No messages.\n' });
  });
});

describe('notafter history', () => {
  it('shows what a target held, and why it fails', async () => {
    for (const name of [`127.0.0.1:${server.port}#pay.test`, `endpoint:127.0.0.1:${server.port}#pay.test`]) {
      const { stdout } = await ask('history', name, '--json');
      expect(jsonLines(stdout)).toMatchObject([{ event: 'first_seen', certificates: [fingerprint(leaf)] }]);
    }
    const failing = await ask('history', `127.0.0.1:${deadPort}`);
    expect(failing.stdout).toMatch(/failing +the connection was refused/);
  });

  it('exits 3 for a target that it does not know', async () => {
    const { code, stderr } = await ask('history', 'nowhere.test');
    expect(code).toBe(3);
    expect(stderr).toContain('the inventory knows no target nowhere.test');
  });
});

describe('a directory without an inventory', () => {
  it.each([['list'], ['show', 'api.test'], ['alerts'], ['history', 'api.test'], ['targets', 'list']])(
    'is an error for %s, and stays untouched',
    async (...command) => {
      const { code, stdout, stderr } = await runCommand([...command, '--data', join(folder, 'nothing')]);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toMatch(/there is no inventory in .*nothing yet/);
    },
  );

  it('is told from one that cannot be looked into', async () => {
    const list = async (directory: string) => (await runCommand(['list', '--data', directory])).stderr;
    expect(await list(join(folder, 'ca.pem'))).toMatch(/ca\.pem is a file, or lies below one/);
    expect(await list(join(folder, 'ca.pem', 'below'))).toMatch(/below is a file, or lies below one/);
    const loop = join(folder, 'loop');
    await symlink(loop, loop);
    expect(await list(loop)).toMatch(/loop cannot be read \(ELOOP\)/);
  });

  it.skipIf(process.getuid?.() === 0)('is told from one that may not be read', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o000 });
    const { code, stderr } = await runCommand(['list', '--data', closed]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining(`${closed} may not be read: run as the user`),
    ]);
  });
});
