import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import {
  type BundleTarget,
  bundleTargetId,
  type EndpointTarget,
  endpointTargetId,
  type Target,
} from '../../lib/core/target.ts';
import { type MonitorOptions, type MonitorResult, monitor } from '../../lib/run/monitor.ts';
import { batchWrite } from '../../lib/store/batch.ts';
import type { Item } from '../../lib/store/codec.ts';
import type { Table } from '../../lib/store/table.ts';
import { storeUnderTest } from '../store/store-under-test.ts';
import { DAY, HOUR } from '../support/facts.ts';
import { type Issued, pemBundle } from '../support/pki.ts';

/** What a run came to, and the digests that its channel was given. */
interface Told extends MonitorResult {
  readonly told: readonly Digest[];
}

/** A monitor over real files and servers, with an inventory that each test finds empty and a clock that it sets. */
export interface World {
  readonly table: Table;
  readonly now: Date;
  /** Lets time pass. */
  pass(span: { readonly days?: number; readonly hours?: number; readonly minutes?: number }): void;
  /** Writes certificates into a file and returns its path. */
  file(name: string, ...certificates: readonly Issued[]): Promise<string>;
  /** One run over these targets, looking at all of them unless told otherwise. */
  run(targets: readonly Target[], options?: Partial<MonitorOptions>): Promise<Told>;
}

/** To be called once per test file. */
export function world(): World {
  const store = storeUnderTest();
  let table: Table;
  let folder = '';
  let now = new Date();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notafter-run-'));
  });
  beforeEach(async () => {
    await replaceItems(store(), []);
    // A table of its own, because the store remembers by table which certificates it has written.
    table = { ...store() };
    now = new Date(Math.floor(Date.now() / 1000) * 1000);
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    get table() {
      return table;
    },
    get now() {
      return now;
    },
    pass({ days = 0, hours = 0, minutes = 0 }) {
      now = new Date(now.getTime() + days * DAY + hours * HOUR + minutes * 60_000);
    },
    async file(name, ...certificates) {
      const path = join(folder, name);
      await writeFile(path, pemBundle(...certificates));
      return path;
    },
    async run(targets, options = {}) {
      const told: Digest[] = [];
      const result = await monitor({
        table,
        configured: targets,
        policy: DEFAULT_POLICY,
        channels: [
          {
            name: 'test',
            deliver: async (digest) => {
              told.push(digest);
            },
          },
        ],
        collector: { timeoutMs: 5_000, concurrency: 10 },
        all: true,
        channelsComplete: true,
        exclusive: true,
        now: () => now,
        signal: new AbortController().signal,
        ...options,
      });
      return { ...result, told };
    },
  };
}

/** Every item of a small table. */
export async function itemsOf(table: Table): Promise<Item[]> {
  const items: Item[] = [];
  let after: Item | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: after }),
    );
    items.push(...(page.Items ?? []));
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
  return items;
}

/** Makes `items` the whole content of a small table. */
export async function replaceItems(table: Table, items: readonly Item[]): Promise<void> {
  const kept = new Set(items.map(({ pk, sk }) => `${pk}\n${sk}`));
  const gone = (await itemsOf(table)).filter(({ pk, sk }) => !kept.has(`${pk}\n${sk}`));
  await batchWrite(table, [
    ...gone.map(({ pk, sk }) => ({ remove: { pk: String(pk), sk: String(sk) } })),
    ...items.map((item) => ({ put: item })),
  ]);
}

/** `owner class: event check rung, …` for each digest, in short. */
export function heard(told: readonly Digest[]): readonly string[] {
  return told.map(
    (digest) =>
      `${digest.owner ?? '-'} ${digest.class}: ${digest.alerts
        .map(({ event, check, rung }) => `${event} ${check} ${rung}`)
        .join(', ')}`,
  );
}

export function bundle(
  kind: BundleTarget['kind'],
  path: string,
  rest: Partial<BundleTarget> = {},
): BundleTarget {
  return { id: bundleTargetId(kind, path), kind, path, owner: null, tags: {}, ...rest };
}

export function endpoint(
  host: string,
  port: number,
  rest: Partial<EndpointTarget> & { readonly serverName?: string } = {},
): EndpointTarget {
  const { serverName = host, ...more } = rest;
  const own = { host, port, serverName };
  return { id: endpointTargetId(own), kind: 'endpoint', endpoint: own, owner: null, tags: {}, ...more };
}
