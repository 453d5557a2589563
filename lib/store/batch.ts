import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type Item, keyName } from './codec.ts';
import { forEachParallel, slices } from './parallel.ts';
import type { Key } from './schema.ts';
import { StoreError } from './store-error.ts';
import type { Table } from './table.ts';

const MAX_GETS = 100;
const MAX_WRITES = 25;
const BATCHES_AT_ONCE = 4;

// A batch succeeds in part: what was throttled comes back "unprocessed", which the SDK does not retry. Up to ten
// fruitless rounds with full jitter, some twenty seconds in all.
const MAX_ROUNDS = 10;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** A write without a condition. */
export type Write = { readonly put: Item } | { readonly remove: Key };

/**
 * The items that exist among `keys`, in no order; keys may repeat. Strongly consistent. Throws a `StoreError` where
 * the table stays too busy to answer.
 *
 * @param attributes Only these; all of them when left out.
 */
export async function batchGet(
  table: Table,
  keys: readonly Key[],
  attributes?: readonly string[],
): Promise<readonly Item[]> {
  const distinct = [...new Map(keys.map((key) => [keyName(key), { pk: key.pk, sk: key.sk }])).values()];
  const projection = attributes?.map((_, index) => `#${index}`).join(', ');
  const names = attributes && Object.fromEntries(attributes.map((name, index) => [`#${index}`, name]));
  const found: Item[] = [];
  await forEachParallel(slices(distinct, MAX_GETS), BATCHES_AT_ONCE, async (slice) => {
    await untilDone(slice, async (rest) => {
      const reply = await table.client.send(
        new BatchGetCommand({
          RequestItems: {
            [table.name]: {
              Keys: [...rest],
              ConsistentRead: true,
              ...(projection === undefined ? {} : { ProjectionExpression: projection }),
              ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
            },
          },
        }),
      );
      found.push(...(reply.Responses?.[table.name] ?? []));
      return (reply.UnprocessedKeys?.[table.name]?.Keys ?? []) as Key[];
    });
  });
  return found;
}

/** Carries out all `writes`, in no order; no key may occur twice. Throws a `StoreError` where the table stays too busy. */
export async function batchWrite(table: Table, writes: readonly Write[]): Promise<void> {
  const requests = writes.map((write) =>
    'put' in write ? { PutRequest: { Item: write.put } } : { DeleteRequest: { Key: { ...write.remove } } },
  );
  await forEachParallel(slices(requests, MAX_WRITES), BATCHES_AT_ONCE, async (slice) => {
    await untilDone(slice, async (rest) => {
      const reply = await table.client.send(
        new BatchWriteCommand({ RequestItems: { [table.name]: [...rest] } }),
      );
      return (reply.UnprocessedItems?.[table.name] ?? []) as typeof requests;
    });
  });
}

/** Calls `round` with what is left over until nothing is. Rounds that get anything done are not counted. */
async function untilDone<T>(all: readonly T[], round: (rest: readonly T[]) => Promise<readonly T[]>) {
  let rest = all;
  let fruitless = 0;
  while (rest.length > 0) {
    const left = await round(rest);
    fruitless = left.length < rest.length ? 0 : fruitless + 1;
    rest = left;
    if (rest.length === 0) return;
    if (fruitless === MAX_ROUNDS) {
      throw new StoreError(
        `the table is throttled: ${rest.length} of ${all.length} items were refused ${MAX_ROUNDS} times; raise its limits or run less at once`,
      );
    }
    await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** fruitless));
  }
}
