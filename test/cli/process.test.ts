import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mint } from '../support/pki.ts';
import { finished, LAUNCHER, runCli, startCli } from './process.ts';

let folder: string;
let large: string;
const CERTIFICATES = 250;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-process-'));
  large = join(folder, 'large.pem');
  // One key for all: what matters is that there are many certificates.
  const first = await mint({ subject: 'CN=first', names: ['first.test'] });
  const others = await Promise.all(
    Array.from({ length: CERTIFICATES - 1 }, (_, index) =>
      mint({ subject: `CN=host-${index}`, issuer: first, names: [`host-${index}.test`], reuseKeyOf: first }),
    ),
  );
  await writeFile(large, [first, ...others].map((issued) => issued.pem).join(''));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the process', () => {
  it('gives a slow reader everything before it ends', async () => {
    const child = startCli(['inspect', '--json', large]);
    child.stdout?.pause();
    await once(child.stdout as NodeJS.ReadableStream, 'readable');
    const { stdout } = await finished(child);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stdout.split('\n').filter((line) => line.includes('"position"'))).toHaveLength(CERTIFICATES);
  });

  it('ends without a word when its reader has gone', async () => {
    const child = startCli(['inspect', '--json', large]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await finished(child);
    expect(stderr).toBe('');
    expect(code).toBe(3);
  });

  it('colours what FORCE_COLOR asks for, and nothing in a pipe', async () => {
    const [plain, forced] = await Promise.all([
      runCli(['inspect', large]),
      runCli(['inspect', large], { env: { FORCE_COLOR: '1' } }),
    ]);
    expect(plain.stdout).not.toContain('\u001b');
    expect(forced.stdout).toContain('\u001b[');
    expect(plain.code).toBe(forced.code);
  });

  it('ends with a sentence on SIGINT, although a probe hangs', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const child = startCli(['probe', `127.0.0.1:${port}`, '--timeout', '60s']);
    const ended = finished(child);
    const [socket] = await once(silent, 'connection');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    socket.destroy();
    silent.close();
    expect(stdout).toBe('');
    expect(stderr).toBe('notafter: stopped by SIGINT before it was done.\n');
    expect(code).toBe(3);
  });

  it('says in one line that NotAfter itself failed, and never with code 1', async () => {
    const broken = [
      '--import',
      'data:text/javascript,process.stdout.write=()=>{throw new TypeError("a\\nb")}',
    ];
    const { code, stdout, stderr } = await runCli(['inspect', large], { nodeArgs: broken });
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^notafter: internal error \(TypeError: a b\)\..*please report.*\n$/);
    const debug = await runCli(['inspect', large], { nodeArgs: broken, env: { NOTAFTER_DEBUG: '1' } });
    expect(debug.stderr).toContain('    at ');
  });

  it('loads nothing for --help that only a command needs', async () => {
    const hook =
      'import { registerHooks } from "node:module";' +
      'registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } })';
    const { code, stderr } = await runCli(['--help'], {
      nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
    });
    const loaded = stderr
      .trimEnd()
      .split('\n')
      .filter((url) => url.startsWith('file:'));
    expect(code).toBe(0);
    expect(loaded.length).toBeGreaterThan(5);
    const allowed =
      /\/(bin\/notafter\.js|lib\/cli\/[a-z-]+\.ts|lib\/cli\/render\/color\.ts|lib\/core\/(severity|printable)\.ts)$|\/node_modules\/commander\//;
    expect(loaded.filter((url) => !allowed.test(url))).toEqual([]);
  });

  it('says so where the installation is broken', async () => {
    const alone = join(folder, 'bin.mjs');
    await copyFile(LAUNCHER, alone);
    const child = startCli([], { launcher: alone });
    const { code, stderr } = await finished(child);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^notafter could not start: .*\n$/);
  });
});
