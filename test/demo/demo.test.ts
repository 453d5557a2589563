import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAddressPair } from '../../demo/loopback.ts';
import { type Finished, finished, runCli } from '../cli/process.ts';

const DEMO = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

/** Seven cycles, each of which waits for a silent server; a loaded machine takes its time for the rest. */
const LIMIT_MS = 90_000;

function startDemo(directory: string): ChildProcess {
  const { FORCE_COLOR: _, ...env } = process.env;
  return spawn(process.execPath, [DEMO, directory], {
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

let directory: string;
let told: Finished;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notafter-demo-'));
  // Stopped in the middle: nothing of it may be in the way of the next one.
  const stopped = startDemo(directory);
  stopped.stdout?.once('data', () => stopped.kill('SIGINT'));
  expect(await finished(stopped)).toMatchObject({ code: 130, signal: null, stderr: 'Stopped.\n' });
  told = await finished(startDemo(directory));
}, LIMIT_MS);

afterAll(() => rm(directory, { recursive: true, force: true }));

/** The lines of a cycle, from its heading to the next. */
function cycle(number: number): string {
  const from = told.stdout.indexOf(`\n${number}. `);
  const to = told.stdout.indexOf(number === 7 ? '\nThe inventory now' : `\n${number + 1}. `);
  return told.stdout.slice(from, to);
}

describe('the demo', () => {
  it('keeps its promises and says so, without colours', () => {
    const notKept = told.stdout.split('\n').filter((line) => line.startsWith('Not as promised'));
    expect({ ...told, stdout: notKept }).toEqual({ code: 0, signal: null, stderr: '', stdout: [] });
    expect(told.stdout).toMatch(
      /\n7 cycles in \d+ s: 17 alerts in 11 messages, each sent once\. All as promised\.\n$/,
    );
    expect(told.stdout).not.toContain('\u001b');
  });

  it('begins with one message per owner', () => {
    expect(cycle(1)).toContain('First look: 5 findings (owner platform)');
    expect(cycle(1)).toContain('First look: 1 finding (owner payments)');
    for (const sentence of [
      /expired +legacy\.demo\.test/,
      /critical +api\.demo\.test:\d+\n.*does not cover api\.demo\.test/,
      /grafana\.demo\.test is self-signed/,
      /the issuer of status\.demo\.test is neither sent/,
      /1 of 3 blocks unreadable/,
      /CA Demo Partner CA 2016 expires in/,
    ])
      expect(cycle(1)).toMatch(sentence);
  });

  it('says what cannot be observed after three failures', () => {
    expect(cycle(2)).not.toContain('could not be observed');
    expect(cycle(3)).toMatch(/backup\.demo\.test:\d+\n.*3 times in a row: the connection was refused/);
    expect(cycle(3)).toMatch(/queue\.demo\.test:\d+\n.*the TLS handshake did not finish in time/);
  });

  it('resolves what was renewed once it was seen twice', () => {
    expect(cycle(3)).toContain('Renewed the certificate of shop.demo.test.');
    expect(cycle(4)).toContain('nothing new to say');
    expect(cycle(5)).toMatch(/resolved +shop\.demo\.test:\d+\n +now serves shop\.demo\.test valid until/);
  });

  it('says each rung once, and nothing more when asked again', () => {
    const rungs = [...told.stdout.matchAll(/^ {2}(info|warning|critical) +admin\.demo\.test/gm)];
    expect(rungs.map((match) => match[1])).toEqual(['info', 'warning', 'critical']);
    expect(cycle(7)).toContain('13 targets looked at: 11 observed, 2 not observable; nothing new to say');
  });

  it('shows the inventory with every target', () => {
    const inventory = told.stdout.slice(told.stdout.indexOf('The inventory now'));
    for (const row of [
      /^critical .*legacy\.demo\.test:\d+ .*expired$/m,
      /^critical .*admin\.demo\.test:\d+ .*expiring$/m,
      /^ok .*shop\.demo\.test:\d+ /m,
      /^warning .*partner-truststore\.pem +Demo Partner CA 2016 .*expiring$/m,
      /^warning .*backup\.demo\.test:\d+ .*connect_refused$/m,
      /^warning .*queue\.demo\.test:\d+ .*handshake_timeout$/m,
    ])
      expect(inventory).toMatch(row);
  });
});

describe('the commands that the demo recommends', () => {
  const run = async (start: string): Promise<Finished> => {
    const line = told.stdout.split('\n').find((each) => each.trim().startsWith(`npx notafter ${start}`));
    const result = await runCli((line ?? '').trim().split(' ').slice(2));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result;
  };

  it('list what expires', async () => {
    const { stdout } = await run('list');
    expect(stdout.match(/\w+\.demo\.test:/g)).toEqual(
      ['legacy.', 'admin.', 'pay.'].map((name) => `${name}demo.test:`),
    );
  });

  it('show the endpoint in the middle of its rollout', async () => {
    const { stdout } = await run('show');
    expect(stdout).toContain('pay.demo.test expires in 9 d');
    const pair = await findAddressPair();
    if (pair === undefined) return;
    expect(stdout).toContain('(served by 1 of 2 addresses)');
    for (const address of pair) expect(stdout).toMatch(new RegExp(`addresses +${address}\n`));
  });

  it('tell the history of the renewed one', async () => {
    const { stdout } = await run('history');
    expect(stdout).toMatch(/ changed +new: .*; gone: /);
    expect(stdout).toMatch(/ first seen /);
  });

  it('repeat the messages of the week', async () => {
    const { stdout } = await run('alerts');
    expect(stdout.match(/accepted by terminal/g)).toHaveLength(4);
    expect(stdout).toContain('CRITICAL: 1 finding (owner platform)');
    expect(stdout).not.toContain('First look');
  });
});

describe('a directory that is not the demo’s own', () => {
  it('is left as it is', async () => {
    const foreign = await mkdtemp(join(tmpdir(), 'notafter-demo-'));
    try {
      await writeFile(join(foreign, 'notafter.config.yaml'), 'targets: []\n');
      const { code, stdout, stderr } = await finished(startDemo(foreign));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('holds something that the demo did not write');
      expect(await readFile(join(foreign, 'notafter.config.yaml'), 'utf8')).toBe('targets: []\n');
    } finally {
      await rm(foreign, { recursive: true, force: true });
    }
  });
});
