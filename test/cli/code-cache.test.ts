import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './process.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'notafter-cache-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

/** What is found in the cache is executed, so it must be a place that nobody else can write to. */
describe('compiled code', () => {
  const run = () => runCli(['--version'], { env: { XDG_CACHE_HOME: home } });

  it('is kept below the user’s own cache directory, for nobody else', async () => {
    expect((await run()).code).toBe(0);
    expect((await stat(join(home, 'notafter'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(home, 'notafter', 'code'))).not.toEqual([]);
  });

  it('is not kept where others may write', async () => {
    await chmod(home, 0o777);
    expect((await run()).code).toBe(0);
    expect(await readdir(home)).toEqual([]);
  });

  it('is not read from a directory that others may have filled', async () => {
    await mkdir(join(home, 'notafter'));
    await chmod(join(home, 'notafter'), 0o777);
    expect((await run()).code).toBe(0);
    expect(await readdir(join(home, 'notafter'))).toEqual([]);
  });
});
