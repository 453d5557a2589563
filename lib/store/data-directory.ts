import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { StoreError } from './store-error.ts';

/** A data directory that belongs to this process until it is released or the process ends, however it ends. */
export interface LockedDirectory {
  readonly path: string;
  release(): Promise<void>;
}

/**
 * Creates the directory where it is missing (mode 0700) and locks it.
 *
 * @param waitMs How long to wait for another process to give it free, in milliseconds.
 * @throws StoreError that says why it cannot be used, or which process holds it.
 */
export async function lockDataDirectory(dataDir: string, waitMs = 0): Promise<LockedDirectory> {
  const path = resolve(dataDir);
  try {
    await makeDirectory(path);
  } catch (error) {
    throw new StoreError(explainPath(path, error), { cause: error });
  }
  const note = join(path, 'holder.json');
  const lock = await takeLock(path, note, performance.now() + waitMs);
  try {
    await writeFile(note, JSON.stringify(describeHolder()), { mode: 0o600 });
  } catch (error) {
    await lock.close();
    throw new StoreError(explainPath(path, error), { cause: error });
  }
  return {
    path,
    async release() {
      await rm(note, { force: true });
      await lock.close();
    },
  };
}

const RETRY_MS = 100;

/** LevelDB holds a kernel lock on its folder: it cannot outlive the process, unlike a file that says "locked". */
async function takeLock(path: string, note: string, deadline: number): Promise<ClassicLevel> {
  for (;;) {
    const lock = new ClassicLevel(join(path, 'lock'));
    try {
      await lock.open();
      return lock;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const held = codeOf(cause) === 'LEVEL_LOCKED';
      if (held && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      throw new StoreError(
        held
          ? `the data directory ${path} is in use by ${await readHolder(note)}: wait for it to finish, stop it, or name another directory`
          : `the data directory ${path} cannot be locked (${cause instanceof Error ? cause.message : cause}): check that it may be written to and that the disk is not full`,
        { cause: error },
      );
    }
  }
}

/** One level at a time: `mkdir` with `recursive` never returns where a parent refuses new entries with ENOENT (/proc). */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function explainPath(path: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'EEXIST':
      return `${path} is a file, and the data directory was wanted there: name another directory`;
    case 'ENOTDIR':
      return `a file stands in the path of the data directory ${path}: name another directory`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `the data directory ${path} may not be written to: grant access, or name another directory`;
    case 'ENOSPC':
      return `there is no space left for the data directory ${path}`;
  }
  return `the data directory ${path} cannot be used (${error instanceof Error ? error.message : error}): name another directory`;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

/** The command by its first word only: arguments may hold what is nobody's business. */
function describeHolder(): Holder {
  const command = [basename(process.argv[1] ?? process.title), process.argv[2] ?? ''].join(' ').trim();
  return { pid: process.pid, host: hostname(), command, since: new Date().toISOString() };
}

async function readHolder(note: string): Promise<string> {
  try {
    const holder = JSON.parse((await readFile(note, 'utf8')).slice(0, 4096)) as Partial<Holder>;
    if (typeof holder.pid !== 'number') return 'another process';
    if (holder.pid === process.pid && holder.host === hostname()) return 'this process itself';
    const text = (value: unknown) =>
      String(value ?? '?')
        .replace(/[\p{C}]/gu, '?')
        .slice(0, 100);
    return `process ${holder.pid} (${text(holder.command)}) on ${text(holder.host)} since ${text(holder.since)}`;
  } catch {
    return 'another process';
  }
}
