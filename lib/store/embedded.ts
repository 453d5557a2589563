import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from './create-table.ts';
import { lockDataDirectory } from './data-directory.ts';
import type { WorkerInput, WorkerReady } from './embedded-worker.ts';
import { explainErrors, StoreError } from './store-error.ts';
import { type Table, tableOf } from './table.ts';

const TABLE_NAME = 'notafter';

/** An inventory on the local disk, served to this process only. */
export interface EmbeddedStore {
  readonly table: Table;
  /** Ends the server and gives the directory free. Requests still under way fail. */
  close(): Promise<void>;
}

/**
 * Opens the inventory in `dataDir`, creating what is missing. A killed process leaves a directory that opens again with
 * all it was told was stored.
 *
 * @param waitMs How long to wait for another process to give the directory free, in milliseconds.
 * @throws StoreError where the directory cannot be used or another process holds it.
 */
export async function openEmbedded(dataDir: string, waitMs = 0): Promise<EmbeddedStore> {
  const directory = await lockDataDirectory(dataDir, waitMs);
  try {
    const path = join(directory.path, 'inventory');
    if (!(await isDirectory(path))) await createDatabase(path);
    const server = await serve(path);
    try {
      await server.table.client.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
    } catch (error) {
      await server.close();
      throw error instanceof StoreError
        ? error
        : new StoreError(explainFailure(path, error), { cause: error });
    }
    return {
      table: server.table,
      async close() {
        await server.close();
        await directory.release();
      },
    };
  } catch (error) {
    await directory.release();
    throw error;
  }
}

/** Elsewhere first, then in place with one rename: a table that was killed while being created would never be usable. */
async function createDatabase(path: string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { recursive: true, force: true });
  const server = await serve(draft);
  try {
    await createTable(server.table);
  } finally {
    await server.close();
  }
  await rename(draft, path);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function serve(path: string): Promise<EmbeddedStore> {
  const accessKeyId = randomBytes(16).toString('hex');
  const input: WorkerInput = { path, accessKeyId };
  const worker = new Worker(new URL(`./embedded-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: input,
    // The server logs to the console and reads the environment for names: neither concerns anybody.
    stdout: true,
    stderr: true,
    env: {},
    // Requests are short-lived: a small nursery costs little time and saves some 100 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
  let failure: Error | undefined;
  worker.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  const ended = once(worker, 'exit').catch(() => undefined);
  const ready = await Promise.race([once(worker, 'message'), ended.then(() => undefined)]);
  if (ready === undefined) throw new StoreError(explainFailure(path, failure), { cause: failure });
  // A caller that forgets to close the store, or fails before it can, must not keep the process alive.
  worker.unref();

  const client = connect((ready[0] as WorkerReady).port, accessKeyId);
  explainErrors(client, () => (failure === undefined ? undefined : explainFailure(path, failure)));
  return {
    table: tableOf(client, TABLE_NAME),
    async close() {
      client.destroy();
      worker.ref();
      worker.postMessage('close');
      await ended;
    },
  };
}

/** Everything is said here, so that nothing in the user's AWS environment or configuration files reaches this client. */
function connect(port: number, accessKeyId: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: 'unused' },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    accountIdEndpointMode: 'disabled',
    retryMode: 'standard',
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
}

function explainFailure(path: string, failure: unknown): string {
  const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
  const words = cause instanceof Error ? cause.message : 'the server ended';
  return `the inventory in ${path} cannot be used (${words}): check that the disk is not full and the files are yours; if they are damaged, restore the folder, or move it away to begin anew`;
}
