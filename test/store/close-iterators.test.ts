import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
import { expect, it, vi } from 'vitest';
import { closeIterators } from '../../lib/store/close-iterators.ts';
import { createTable } from '../../lib/store/create-table.ts';
import { listHistory } from '../../lib/store/history.ts';
import { latestRuns, putRun } from '../../lib/store/runs.ts';
import { tableOf } from '../../lib/store/table.ts';
import { all } from './store-under-test.ts';

// The package has no types of its own.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

it('no query leaves an iterator of the database open', async () => {
  closeIterators();
  const opened = vi.spyOn(ClassicLevel.prototype, 'values');
  const path = await mkdtemp(join(tmpdir(), 'notafter-iterators-'));
  const server = dynalite({ path, createTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'local',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const table = tableOf(client, 'notafter');
  await createTable(table);
  for (const id of ['a', 'b', 'c']) {
    const counts = { targets: 0, planned: 0, observed: 0, failed: 0, alerts: 0, digests: 0 };
    await putRun(table, { id, startedAt: '2026-11-20T10:00:00Z', finishedAt: null, ...counts });
  }
  expect(await latestRuns(table, 3)).toHaveLength(3);
  expect(await latestRuns(table, 1)).toHaveLength(1);
  expect(await all(listHistory(table, 'nobody'))).toHaveLength(0);

  const iterators = opened.mock.results.map(({ value }) => value as { next(): Promise<unknown> });
  expect(iterators.length).toBeGreaterThanOrEqual(3);
  for (const iterator of iterators) {
    await vi.waitFor(() =>
      expect(iterator.next()).rejects.toMatchObject({ code: 'LEVEL_ITERATOR_NOT_OPEN' }),
    );
  }
  client.destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await rm(path, { recursive: true, force: true });
});
