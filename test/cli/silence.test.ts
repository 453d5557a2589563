import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentedJson } from '../docs/json-schema.ts';
import { DAY, later } from '../support/facts.ts';
import { mint } from '../support/pki.ts';
import { jsonLines } from './captured.ts';
import { runCommand } from './command.ts';

let folder: string;
let data: string;
let dying: string;
const documented = new DocumentedJson(await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8'));
const ask = (command: string, ...args: string[]) => runCommand([command, ...args, '--data', data]);
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-silence-'));
  data = join(folder, 'data');
  dying = join(folder, 'dying.pem');
  const leaf = await mint({ subject: 'CN=dying.test', notBefore: later(-86 * DAY, new Date()), days: 4 });
  const young = await mint({ subject: 'CN=young.test', days: 60 });
  await writeFile(dying, leaf.pem);
  await writeFile(join(folder, 'young.pem'), young.pem);
  const config = join(folder, 'notafter.yaml');
  await writeFile(config, `owner: ops\ntargets: [{ file: dying.pem }, { file: young.pem }]\n`);
  expect((await ask('run', '--config', config)).code).toBe(0);
});

afterAll(() => rm(folder, { recursive: true }));

describe('notafter ack', () => {
  it('accepts what is open, says what that is, lists it and takes it back', async () => {
    const made = await ask('ack', dying, '--for', '7d', '--reason', 'replaced on Monday');
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^[0-9a-f]{8} {2}accepted until /);
    expect(made.stdout).toContain('critical expiring');
    expect(made.stdout).toContain('replaced on Monday');
    expect((await ask('show', dying)).stdout).toMatch(
      /accepted +until .*: replaced on Monday \([0-9a-f]{8}\)/,
    );
    const listed = await ask('ack', '--list', '--json');
    const [entry] = jsonLines(listed.stdout);
    expect(documented.faults(entry, 'Acknowledgement')).toEqual([]);
    expect(entry).toMatchObject({ scope: { target: `file:${dying}` }, reason: 'replaced on Monday' });
    expect((await ask('ack', '--remove', entry.id.slice(0, 4))).stdout).toContain('taken back');
    const none = await ask('ack', '--list');
    expect([none.stdout, none.stderr]).toEqual(['', 'Nothing is accepted: every finding speaks.\n']);
  });

  it('announces a maintenance window by owner and check', async () => {
    const window = ['--from', `${inDays(2)}T20:00`, '--until', `${inDays(2)}T23:00`, '--reason', 'move'];
    const made = await ask('ack', '--owner', 'ops', '--check', 'could-not-observe', ...window);
    expect(made.stdout).toMatch(/planned from .* until .*: check could-not-observe, owner ops\n/);
    expect(made.stdout).toContain('nothing that it covers is open now');
    const made2 = await ask('ack', '--owner', 'ops', '--for', '1d', '--reason', 'x', '--json');
    const [json] = jsonLines(made2.stdout);
    expect(documented.faults(json, 'Acknowledgement')).toEqual([]);
    expect(json.open).toBe(1);
  });

  it.each([
    [['--for', '7d', '--reason', 'x'], 'name what is accepted'],
    [['--owner', 'ops', '--for', '7d'], 'say why with --reason'],
    [['--owner', 'ops', '--reason', ' '], 'say why with --reason'],
    [['--owner', 'ops', '--reason', 'x'], 'say until when'],
    [['--owner', 'ops', '--reason', 'x', '--for', '7d', '--until', inDays(9)], 'say until when'],
    [['--owner', 'ops', '--reason', 'x', '--until', inDays(-1)], 'over before it begins'],
    [['--owner', 'ops', '--reason', 'x', '--until', inDays(900)], 'longer than a year'],
    [['nobody.test', '--reason', 'x', '--for', '7d'], 'the inventory knows no target nobody.test'],
    [['--fingerprint', 'zz', '--reason', 'x', '--for', '7d'], 'wanted at least six digits'],
    [['--fingerprint', 'abcdef012345', '--reason', 'x', '--for', '7d'], 'knows no certificate'],
    [['--list', '--remove', 'ab'], 'exclude each other'],
    [['--remove', 'abcd'], 'there is none'],
    [['--remove', 'zz'], 'wanted an id'],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const { code, stderr } = await ask('ack', ...args);
    expect(code).toBe(3);
    expect(stderr).toContain(sentence);
  });
});

describe('notafter alerts explain', () => {
  it('prints the facts and the rule behind an alert', async () => {
    const [digest] = jsonLines((await ask('alerts', '--json')).stdout);
    const { id } = digest.alerts[0];
    const [explained] = jsonLines((await ask('alerts', 'explain', id, '--json')).stdout);
    expect(documented.faults(explained, 'Explanation')).toEqual([]);
    expect(explained.ladder.map(({ rung }: { rung: string }) => rung)).toEqual([
      'notice',
      'warning',
      'critical',
      'last',
    ]);
    const { stdout } = await ask('alerts', 'explain', explained.code);
    expect(stdout).toContain('because    it was found in the first complete look at its source');
    expect(stdout).toContain('<- this one');
    expect(stdout).toContain('RFC 5280');
    expect(stdout).toContain('now        open at critical');
  });

  it('says so where there is no such alert, and what was meant', async () => {
    expect((await ask('alerts', 'explain', '0123456789')).stderr).toContain('no message carried an alert');
    expect((await ask('alerts', 'explain')).stderr).toContain('notafter alerts explain ID');
    expect((await ask('alerts', 'exlain', 'x')).code).toBe(3);
  });
});

describe('notafter simulate', () => {
  it('tells which messages would go to whom, and the renewals of each week', async () => {
    const { stdout, code } = await ask('simulate', '--until', inDays(70));
    expect(code).toBe(0);
    expect(stdout).toMatch(/ops: CRITICAL: 1 finding\n {4}.*dying\.pem: dying\.test expires in/);
    expect(stdout).toMatch(/young\.pem: young\.test expires in/);
    expect(stdout).toContain('Renewals per week');
    expect(stdout).toMatch(/2 targets until .*: \d+ messages, 2 renewals\.\n$/);
  });

  it('assumes renewals in time where it is asked to', async () => {
    const lines = jsonLines(
      (await ask('simulate', '--until', inDays(200), '--what-if-lifetime', '47d', '--json')).stdout,
    );
    const of = (type: string) => lines.filter((line) => line.type === type);
    for (const line of of('message')) expect(documented.faults(line, 'Simulated message')).toEqual([]);
    for (const line of of('week')) expect(documented.faults(line, 'Week')).toEqual([]);
    expect(documented.faults(of('total')[0], 'Simulation total')).toEqual([]);
    // The all-clear of what is open, and nothing after it.
    expect(
      of('message').flatMap(({ alerts }) => alerts.map(({ event }: { event: string }) => event)),
    ).toEqual(['resolved']);
    const renewals = of('week').reduce((sum, { renewals: count }) => sum + count, 0);
    expect(renewals).toBeGreaterThan(10);
  });

  it('sends nothing and stores nothing', async () => {
    const before = (await ask('alerts', '--json')).stdout;
    await ask('simulate', '--until', inDays(70));
    expect((await ask('alerts', '--json')).stdout).toBe(before);
  });

  it.each([inDays(-2), '2026-02-30', 'soon', '3000-01-01'])('refuses --until %s', async (until) => {
    expect((await ask('simulate', '--until', until)).code).toBe(3);
  });
});
