import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbedded } from '../../lib/store/embedded.ts';
import { latestRuns } from '../../lib/store/runs.ts';
import { StoreError } from '../../lib/store/store-error.ts';
import { getTarget, putTarget } from '../../lib/store/targets.ts';
import { targetRecord } from './samples.ts';

const HOLDER = fileURLToPath(new URL('./hold-store.ts', import.meta.url));

let directory = '';
let child: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notafter-embedded-'));
});

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** Starts a process that holds the directory and waits until it has stored `count` items; returns how many it had. */
async function holdUntil(count: number): Promise<() => number> {
  const holder = spawn(process.execPath, [HOLDER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = holder;
  let stored = 0;
  await new Promise<void>((resolve, reject) => {
    holder.once('exit', () => reject(new Error('the holder ended by itself')));
    holder.stdout.setEncoding('utf8').on('data', (text: string) => {
      stored += text.split('\n').length - 1;
      if (stored >= count) resolve();
    });
  });
  return () => stored;
}

const failure = async (path: string): Promise<string> => {
  const opened = openEmbedded(path);
  await expect(opened).rejects.toThrow(StoreError);
  return opened.then(
    () => '',
    (error: Error) => error.message,
  );
};

describe('an embedded inventory', () => {
  it('is there again when opened again', async () => {
    const record = targetRecord('again.example');
    const first = await openEmbedded(directory);
    await putTarget(first.table, record);
    await first.close();
    const second = await openEmbedded(directory);

    expect(await getTarget(second.table, record.target.id)).toEqual(record);
    await second.close();
  });

  it('is nobody else’s to read: a new directory has mode 0700', async () => {
    const path = join(directory, 'a', 'b');
    const store = await openEmbedded(path);
    await store.close();

    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o700);
  });

  it('answers only requests signed with its own key', async () => {
    const store = await openEmbedded(directory);
    const endpoint = await store.table.client.config.endpoint?.();
    const status = await new Promise((resolve, reject) => {
      const asked = request(
        { port: endpoint?.port, host: endpoint?.hostname, method: 'POST' },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      asked.setHeader('x-amz-target', 'DynamoDB_20120810.ListTables');
      asked.setHeader('content-type', 'application/x-amz-json-1.0');
      asked.setHeader('authorization', 'AWS4-HMAC-SHA256 Credential=guess/x, SignedHeaders=x, Signature=x');
      asked.on('error', reject).end('{}');
    });

    expect(status).toBe(403);
    await store.close();
  });

  it('takes nothing from the AWS environment', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
    vi.stubEnv('AWS_PROFILE', 'nobody');
    vi.stubEnv('AWS_RETRY_MODE', 'nonsense');
    vi.stubEnv('AWS_MAX_ATTEMPTS', 'many');
    const store = await openEmbedded(directory);

    expect(await latestRuns(store.table, 1)).toEqual([]);
    await store.close();
  });
});

describe('a data directory', () => {
  it('has one holder, which a second process is told of', async () => {
    await holdUntil(1);
    const message = await failure(directory);

    expect(message).toContain(
      `the data directory ${directory} is in use by process ${child?.pid} (hold-store.ts`,
    );
    expect(message).toMatch(
      new RegExp(`on ${hostname()} since \\d{4}-\\d\\d-\\d\\dT.*: wait for it to finish`),
    );
  });

  it('is waited for, when somebody is about to give it free', async () => {
    const first = await openEmbedded(directory);
    const second = openEmbedded(directory, 10_000);
    await first.close();
    await (await second).close();
  });

  it('opens again after its holder was killed, with everything it was told was stored', async () => {
    const stored = await holdUntil(50);
    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    const store = await openEmbedded(directory);

    const ids = new Set((await latestRuns(store.table, 1e6)).map((run) => run.id));
    for (let index = 0; index < stored(); index++) expect(ids).toContain(`run-${index}`);
    await store.close();
  });

  it('opens again after its holder was killed while creating the table', async () => {
    await mkdir(join(directory, 'inventory.new'));
    await writeFile(join(directory, 'inventory.new', 'CURRENT'), 'MANIFEST-0000');
    const store = await openEmbedded(directory);

    expect(await latestRuns(store.table, 1)).toEqual([]);
    expect(await readdir(directory)).not.toContain('inventory.new');
    await store.close();
  });

  it('is told from this very process holding it, and is free once closed', async () => {
    const store = await openEmbedded(directory);
    expect(await failure(directory)).toContain('in use by this process itself');
    await store.close();

    await (await openEmbedded(directory)).close();
  });

  it('with an unreadable note of its holder still says that it is in use', async () => {
    const store = await openEmbedded(directory);
    for (const note of ['', '{"pid":"1"}', '[]', 'null']) {
      await writeFile(join(directory, 'holder.json'), note);
      expect(await failure(directory)).toContain('in use by another process');
    }
    await writeFile(
      join(directory, 'holder.json'),
      JSON.stringify({ pid: 7, command: '\u001b[31mred\u202e' }),
    );
    expect(await failure(directory)).toContain('in use by process 7 (?[31mred?) on ? since ?');
    await store.close();
  });

  it('that cannot be one is said to be what it is', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');

    expect(await failure(file)).toBe(
      `${file} is a file, and the data directory was wanted there: name another directory`,
    );
    expect(await failure(join(file, 'below'))).toContain('a file stands in the path');
  });

  it.runIf(process.platform === 'linux')('under a folder that takes none fails at once', async () => {
    expect(await failure('/proc/notafter/data')).toContain('/proc/notafter/data cannot be used');
  });

  it.skipIf(process.getuid?.() === 0)('that may not be written to is said to be so', async () => {
    const locked = join(directory, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);

    expect(await failure(locked)).toMatch(/cannot be locked|may not be written to/);
    expect(await failure(join(locked, 'below'))).toContain('may not be written to');
  });

  it.skipIf(process.platform === 'win32')(
    'on a full disk fails with words, and keeps what it had',
    async () => {
      // A limit on the size of files stands in for the disk: the write fails in the same place.
      const command = `ulimit -f 100; exec "$0" "$1" "$2"`;
      const holder = spawn('sh', ['-c', command, process.execPath, HOLDER, directory]);
      child = holder;
      const said = { stdout: '', stderr: '' };
      holder.stdout.setEncoding('utf8').on('data', (text: string) => {
        said.stdout += text;
      });
      holder.stderr.setEncoding('utf8').on('data', (text: string) => {
        said.stderr += text;
      });
      await once(holder, 'close');
      expect(said.stderr).toMatch(/StoreError: the inventory in .* cannot be used \(IO error: .*too large/i);

      const store = await openEmbedded(directory);
      const stored = said.stdout.trim().split('\n').length;
      expect((await latestRuns(store.table, 1e6)).length).toBeGreaterThanOrEqual(stored);
      await store.close();
    },
  );

  it('with damaged files is refused, and free again', async () => {
    await (await openEmbedded(directory)).close();
    const inventory = join(directory, 'inventory');
    await writeFile(join(inventory, 'CURRENT'), 'garbage\n');
    expect(await failure(directory)).toContain(`the inventory in ${inventory} cannot be used`);
    await rm(join(inventory, 'CURRENT'));
    expect(await failure(directory)).toContain('move it away to begin anew');

    await rm(inventory, { recursive: true });
    await (await openEmbedded(directory)).close();
  });
});
