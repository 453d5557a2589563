import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { jsonLines } from './captured.ts';
import { runCommand } from './command.ts';

let folder: string;
let data: string;
let leaf: Issued;
let round = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-targets-'));
  leaf = await mint({ subject: 'CN=soon.test', notBefore: later(-87 * DAY, new Date()), days: 3 });
  await writeFile(join(folder, 'soon.pem'), leaf.pem);
});
beforeEach(() => {
  round += 1;
  data = join(folder, `data-${round}`);
});
afterAll(() => rm(folder, { recursive: true }));

const targets = (...args: string[]) => runCommand(['targets', ...args, '--data', data]);
const run = (...args: string[]) => runCommand(['run', '--data', data, ...args]);
const listed = async () =>
  jsonLines((await targets('list', '--json')).stdout).map(({ target, owner, origin }) => [
    target,
    owner,
    origin,
  ]);

describe('notafter targets', () => {
  it('adds endpoints and files, and says what became of each', async () => {
    const pem = join(folder, 'soon.pem');
    const add = ['add', 'api.test', '[2001:db8::1]:8443', '--truststore', pem, '--owner', 'payments'];
    const added = await targets(...add, '--tag', 'team=pay', '--json');
    expect(added.code).toBe(0);
    const ids = ['endpoint:api.test:443', 'endpoint:[2001:db8::1]:8443', `truststore:${pem}`];
    expect(jsonLines(added.stdout)).toEqual(ids.map((target) => ({ target, outcome: 'added' })));
    const again = await targets(...add, '--tag', 'team=billing');
    expect(again.stdout).toBe('');
    expect(again.stderr).toMatch(/^3 changed\./);
    expect((await listed()).map(([target]) => target).sort()).toEqual([...ids].sort());
  });

  it('changes of a target what is named, and leaves the rest as it was', async () => {
    await targets('add', 'api.test', '--owner', 'payments', '--tag', 'a=1', '--tag', 'b=1', '--every', '2h');
    expect((await targets('add', 'api.test')).stderr).toMatch(/^1 unchanged\./);
    expect((await targets('add', 'api.test', '--tag', 'b=2')).stderr).toMatch(/^1 changed\./);
    await runCommand(['targets', 'import', '-', '--data', data], 'api.test owner=billing\n');
    const [kept] = jsonLines((await targets('list', '--json')).stdout);
    expect(kept).toMatchObject({ owner: 'billing', tags: { a: '1', b: '2' } });
    await targets('remove', 'api.test');
    await targets('add', 'api.test');
    const [anew] = jsonLines((await targets('list', '--json')).stdout);
    expect(anew).toMatchObject({ owner: null, tags: {} });
  });

  it('takes one value with each option that may be repeated, and no target behind it', async () => {
    const pem = (name: string) => join(folder, name);
    const files = ['--truststore', pem('a.pem'), '--truststore', pem('b.pem'), '--file', pem('c.pem')];
    const added = await targets('add', ...files, 'a.test', '--tag', 't=1', '--tag', 'u=2', 'b.test');
    expect(added.stderr).toMatch(/^5 added\./);
    expect((await listed()).map(([target]) => target)).toEqual([
      'endpoint:a.test:443',
      'endpoint:b.test:443',
      `truststore:${pem('a.pem')}`,
      `truststore:${pem('b.pem')}`,
      `file:${pem('c.pem')}`,
    ]);
    const swallowed = await targets('add', '--truststore', 'a.pem', 'b.pem');
    expect(swallowed.code).toBe(3);
    expect(swallowed.stderr).toContain('"b.pem" looks like a file; write --truststore or --file before each');
  });

  it('adds all or nothing', async () => {
    await targets('add', 'api.test');
    const { code, stdout, stderr } = await targets('add', 'good.test', 'a b', 'x:99999');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(await listed()).toEqual([['endpoint:api.test:443', null, 'command']]);
  });

  it('adds what is asked for TLS, and finds it by its label and by its place', async () => {
    await targets('add', '--starttls', 'postgres', 'db.test', 'db.test:6432', 'mail.test:2525/smtp');
    const list = 'imap.test:1143 starttls=imap\nother.test\n';
    await runCommand(['targets', 'import', '-', '--starttls', 'ldap', '--data', data], list);
    const ids = (await listed()).map(([target]) => target);
    expect(ids.sort()).toEqual([
      'endpoint:db.test:5432',
      'endpoint:db.test:6432/postgres',
      'endpoint:imap.test:1143/imap',
      'endpoint:mail.test:2525/smtp',
      'endpoint:other.test:389',
    ]);
    for (const text of ['db.test:6432', 'mail.test:2525/smtp', 'smtp://mail.test:2525']) {
      expect((await targets('remove', text)).code).toBe(0);
    }
    expect((await listed()).map(([target]) => target).sort()).toEqual(
      ids.filter((id) => !/6432|mail/.test(String(id))),
    );
    await targets('add', 'mail.test:2525/smtp', '--server-name', 'other.test');
    expect((await targets('remove', 'mail.test:2525/smtp#other.test')).code).toBe(0);
    expect((await targets('add', '--starttls', 'smpt', 'a.test')).stderr).toContain(
      '"smpt" is no protocol that is asked for TLS (did you mean "smtp"?)',
    );
  });

  it('takes a folder for no name of what is below it', async () => {
    await targets('add', '--file', join(folder, 'soon.pem'));
    expect((await targets('remove', folder)).stderr).toContain('the inventory knows no target');
  });

  it('imports a list, and a bad line costs only itself', async () => {
    const lines = '# hosts\na.test owner=payments\nb.test:8443\nnot a target\n';
    const { code, stderr } = await runCommand(
      ['targets', 'import', '-', '--owner', 'platform', '--data', data],
      lines,
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^notafter: standard input, line 4: /);
    expect(stderr).toContain('2 added.');
    expect(await listed()).toEqual([
      ['endpoint:a.test:443', 'payments', 'command'],
      ['endpoint:b.test:8443', 'platform', 'command'],
    ]);
    expect((await runCommand(['targets', 'import', '-', '--data', data], '\n')).code).toBe(3);
  });

  it('stores no CA file that cannot be used', async () => {
    await writeFile(join(folder, 'key.pem'), leaf.keyPem);
    for (const [file, fault] of [
      ['nowhere.pem', 'the file does not exist (ENOENT)'],
      ['key.pem', 'there is no CERTIFICATE block'],
    ]) {
      const { code, stderr } = await targets('add', 'api.test', '--ca', join(folder, String(file)));
      expect(code).toBe(3);
      expect(stderr).toMatch(/^--ca: .* cannot be used: .*; wanted a PEM file with CA certificates$/);
      expect(stderr).toContain(fault);
    }
    const [list, ca] = [join(folder, 'list.txt'), ['--ca', join(folder, 'soon.pem')]];
    await writeFile(list, 'api.test\n');
    expect((await targets('import', list, '--ca', join(folder, 'nowhere.pem'))).code).toBe(3);
    expect((await targets('import', list, ...ca)).stderr).toMatch(/^1 added\./);
    expect((await targets('add', 'api.test', ...ca)).stderr).toMatch(/^1 unchanged\./);
  });

  it('reports a line that contradicts an earlier one, and keeps that', async () => {
    const lines = 'a.test owner=payments\nb.test\nA.test:443 owner=billing\nb.test\n';
    const { code, stderr } = await runCommand(['targets', 'import', '-', '--data', data], lines);
    expect(code).toBe(3);
    expect(stderr.match(/line \d: .*/g)).toEqual([
      'line 3: a.test:443 is already on line 1, with other settings; wanted it once, and line 1 counts',
    ]);
    expect(await listed()).toEqual([
      ['endpoint:a.test:443', 'payments', 'command'],
      ['endpoint:b.test:443', null, 'command'],
    ]);
  });

  it('removes a target, whose findings close with the next run, and adds it again', async () => {
    const pem = join(folder, 'soon.pem');
    await targets('add', '--file', pem, '--owner', 'payments');
    expect((await run()).stdout).toMatch(/^First look: .*owner payments/);
    const removed = await targets('remove', pem);
    expect(removed).toMatchObject({ code: 0, stdout: '' });
    expect(removed.stderr).toBe(`no longer watched: ${pem}\n`);
    expect((await targets('remove', pem)).stderr).toBe(`was not watched any more: ${pem}\n`);
    expect(await listed()).toEqual([]);
    expect((await runCommand(['list', '--json', '--data', data])).stdout).toBe('');

    await targets('add', 'refused.invalid:1');
    const next = await run('--dns', '127.0.0.1:9', '--timeout', '1s');
    expect(next.stdout).toMatch(/withdrawn .*soon\.pem\n +no longer watched \(it was: /);
    // States count whole seconds: what comes back within one may not be told from what never went.
    const later = (...args: string[]) => runCommand([...args, '--data', data], '', 2_000);
    await later('targets', 'add', '--file', pem, '--owner', 'payments');
    await later('run', '--dns', '127.0.0.1:9', '--timeout', '1s');
    const rows = jsonLines((await runCommand(['list', '--kind', 'file', '--json', '--data', data])).stdout);
    expect(rows).toMatchObject([{ owner: 'payments', severity: 'critical' }]);
  });

  it('leaves to the configuration what it names, and takes over when it does not any more', async () => {
    const pem = join(folder, 'soon.pem');
    const config = join(folder, 'config.yaml');
    await writeFile(config, `owner: platform\ntargets:\n  - file: ${pem}\n`);
    await run('--config', config);
    expect((await targets('add', '--file', pem, '--owner', 'payments')).stderr).toContain(
      `${pem}: the configuration names it already, and wins\n1 left to the configuration.`,
    );
    expect(await listed()).toEqual([[`file:${pem}`, 'platform', 'config']]);
    const refused = await targets('remove', pem);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/is named by .*\.yaml: remove it there/);

    await writeFile(config, 'owner: platform\ntargets: []\n');
    await run('--config', config);
    expect(await listed()).toEqual([[`file:${pem}`, 'payments', 'command']]);
  });

  it('completes what a command said behind the configuration, too', async () => {
    const config = join(folder, 'behind.yaml');
    await writeFile(config, 'targets: [127.0.0.1:1]\n');
    await run('--config', config);
    await targets('add', '127.0.0.1:1', '--owner', 'payments');
    await targets('add', '127.0.0.1:1', '--tag', 'a=1');
    await writeFile(config, 'targets: []\n');
    await run('--config', config);
    const [taken] = jsonLines((await targets('list', '--json')).stdout);
    expect(taken).toMatchObject({ owner: 'payments', tags: { a: '1' }, origin: 'command' });
  });

  it('exits 3 for what it does not know, for nothing, and for labels that cannot be used', async () => {
    await targets('add', 'api.test');
    expect((await targets('remove', 'nowhere.test')).stderr).toContain(
      'the inventory knows no target nowhere.test',
    );
    expect((await targets('add')).stderr).toContain('nothing to add');
    expect((await targets('add', 'b.test', '--tag', 'novalue')).stderr).toContain('wanted key=value');
    expect((await targets('add', 'b.test', '--owner', ' ')).stderr).toContain('the owner is empty');
    expect(await listed()).toEqual([['endpoint:api.test:443', null, 'command']]);
  });
});

describe('notafter init', () => {
  it('writes a configuration that run takes, and never overwrites one', async () => {
    const config = join(folder, 'first.yaml');
    const first = await runCommand(['init', '[::1]:1', '--config', config]);
    expect(first).toEqual({ code: 0, stdout: '', stderr: `Wrote ${config}. Next: notafter run\n` });
    const text = await readFile(config, 'utf8');
    expect((await run('--config', config, '--json')).code).toBe(0);
    const again = await runCommand(['init', 'other.test', '--config', config]);
    expect([again.code, again.stdout]).toEqual([3, '']);
    expect(again.stderr).toContain('the file exists already and is left as it is');
    expect(await readFile(config, 'utf8')).toBe(text);
  });

  it('writes nothing where an endpoint is malformed', async () => {
    const config = join(folder, 'malformed.yaml');
    expect((await runCommand(['init', 'a b', '--config', config])).code).toBe(3);
    await expect(readFile(config)).rejects.toThrow('ENOENT');
  });
});
