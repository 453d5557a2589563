import type { Certificate } from '../lib/core/certificate.ts';
import type { EndpointObservation } from '../lib/core/observation.ts';
import { DEFAULT_POLICY } from '../lib/core/policy.ts';
import { endpointTargetId } from '../lib/core/target.ts';
import { probeChunk } from '../lib/run/probe-chunk.ts';
import { TARGETS_PER_MESSAGE } from '../lib/run/queues.ts';
import { INDEXES, PROJECTED } from '../lib/store/schema.ts';
import type { Table } from '../lib/store/table.ts';
import { putTarget } from '../lib/store/targets.ts';

/** What one round of looks costs in the table, by what DynamoDB charges for. */
export interface Units {
  /** Of the table: one per begun KB of the larger of an item before and after. */
  readonly writes: number;
  /** Of the indexes: writes that change a key or a projected attribute of one. */
  readonly indexWrites: number;
  /** Strongly consistent: one per begun 4 KB. */
  readonly reads: number;
  /** What the server itself says of its indexes; 0 from one that says nothing. */
  readonly reportedIndexWrites: number;
}

const KEYS_OF_INDEXES = new Set<string>([
  ...Object.values(INDEXES).flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]),
  ...PROJECTED,
]);

/**
 * Counts from the requests themselves: the embedded server reports nothing of its indexes. An update of attributes that
 * no index carries is one unit, because the items that are updated stay below 1 KB.
 */
export function countUnits(table: Table): { take(): Units } {
  let units = { writes: 0, indexWrites: 0, reads: 0, reportedIndexWrites: 0 };
  const size = (value: unknown): number =>
    Buffer.byteLength(
      JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? 'x'.repeat(field.length) : field)),
    );
  const put = (item: Record<string, unknown>) => {
    units.writes += Math.ceil(size(item) / 1024);
    units.indexWrites += Number('gsi1pk' in item) + Number('gsi2pk' in item);
  };
  table.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        // biome-ignore lint/suspicious/noExplicitAny: the input of whichever command it is.
        const input = args.input as any;
        input.ReturnConsumedCapacity = 'INDEXES';
        const result = await next(args);
        units.reportedIndexWrites += indexUnits(result.output, commandName);
        if (commandName === 'PutItemCommand') put(input.Item);
        else if (commandName === 'UpdateItemCommand') {
          units.writes += 1;
          const names = Object.values(input.ExpressionAttributeNames ?? {}) as string[];
          if (names.some((name) => KEYS_OF_INDEXES.has(name))) units.indexWrites += 1;
        } else if (commandName === 'BatchWriteItemCommand') {
          for (const requests of Object.values(input.RequestItems) as { PutRequest?: { Item: object } }[][]) {
            for (const { PutRequest } of requests) {
              if (PutRequest === undefined) units.writes += 1;
              else put(PutRequest.Item as Record<string, unknown>);
            }
          }
        } else if (/^(?:Query|GetItem|BatchGetItem)Command$/.test(commandName ?? '')) {
          units.reads += Math.max(1, Math.ceil(size(result.output) / 4096));
        }
        return result;
      },
    { step: 'initialize', name: 'countUnits' },
  );
  return {
    take() {
      const taken = units;
      units = { writes: 0, indexWrites: 0, reads: 0, reportedIndexWrites: 0 };
      return taken;
    },
  };
}

/** The units of a first round over `count` endpoints, and of a second one in which nothing has changed. */
export async function measureUnits(
  table: Table,
  count: number,
  chain: readonly Certificate[],
): Promise<{ readonly first: Units; readonly unchanged: Units }> {
  const counter = countUnits(table);
  let now = new Date();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const host = `api-${index}.example.com`;
    const endpoint = { host, port: 443, serverName: host };
    const id = endpointTargetId(endpoint);
    ids.push(id);
    const target = { kind: 'endpoint', id, endpoint, owner: 'platform', tags: {} } as const;
    await putTarget(table, { target, origin: 'command', addedAt: now.toISOString() });
  }
  counter.take();
  const observation = (): EndpointObservation => ({
    kind: 'endpoint',
    observedAt: now,
    addressesKnown: 1,
    addresses: [
      {
        address: '192.0.2.1',
        elapsedMs: 20,
        answer: {
          chain: {
            certificates: chain,
            path: chain.map((_, index) => index),
            anchor: anchorOf(chain),
            verdict: null,
          },
          protocol: 'TLSv1.3',
          cipher: 'TLS_AES_256_GCM_SHA384',
          keyExchangeGroup: 'X25519MLKEM768',
          clientCertificateRequired: false,
        },
      },
    ],
  });
  const round = async (): Promise<Units> => {
    for (let start = 0; start < count; start += TARGETS_PER_MESSAGE) {
      const message = {
        v: 1,
        run: `bench-${now.toISOString()}`,
        chunk: String(start),
        ids: ids.slice(start, start + TARGETS_PER_MESSAGE),
        startedAt: now.toISOString(),
        deadline: new Date(now.getTime() + 3_600_000).toISOString(),
      } as const;
      await probeChunk(message, {
        table,
        collector: { collect: async () => observation(), close: () => undefined },
        policy: DEFAULT_POLICY,
        occasion: { impaired: false, baseline: true, acknowledgements: [] },
        now: () => now,
        timeLeftMs: () => 600_000,
        timeoutMs: 10_000,
        concurrency: 50,
      });
    }
    return counter.take();
  };
  const first = await round();
  now = new Date(now.getTime() + 86_400_000);
  return { first, unchanged: await round() };
}

/** The last of the chain, as if it were trusted: an endpoint that is well has no findings. */
function anchorOf(chain: readonly Certificate[]) {
  const root = chain.at(-1);
  return root === undefined
    ? null
    : { fingerprint: root.fingerprint, subject: root.subject, notAfter: root.notAfter };
}

/** Index units of a write, as DynamoDB reports them where it was asked to. */
function indexUnits(output: unknown, commandName: string | undefined): number {
  if (/Query|Get/.test(commandName ?? '')) return 0;
  const { ConsumedCapacity: consumed } = output as {
    ConsumedCapacity?: IndexCapacity | readonly IndexCapacity[];
  };
  return [consumed ?? []]
    .flat()
    .flatMap(({ GlobalSecondaryIndexes: indexes = {} }) => Object.values(indexes))
    .reduce((sum, { CapacityUnits: units }) => sum + units, 0);
}

interface IndexCapacity {
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}
