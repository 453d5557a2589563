import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { itemOf, recordOf, ttlAfter } from './codec.ts';
import { queryItems } from './query.ts';
import { runPartition } from './schema.ts';
import type { Table } from './table.ts';

/** What came of one message of a run. Written again by a repetition, with the same counts. */
export interface RunChunk {
  readonly chunk: string;
  /** Of the targets: certificates were seen, nothing was seen, not looked at, too late to be looked at. */
  readonly observed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly dropped: number;
  /** Targets that were well a short while ago, and how many of these fail now (`impairmentOf`). */
  readonly wasWell: number;
  readonly newlyFailed: number;
}

const KEPT_DAYS = 7;

/** @param at When the run began, ISO 8601. */
export async function putRunChunk(table: Table, run: string, at: string, chunk: RunChunk): Promise<void> {
  const item = itemOf({ pk: runPartition(run), sk: `CHUNK#${chunk.chunk}` }, chunk, {
    ttl: ttlAfter(at, KEPT_DAYS),
  });
  await table.client.send(new PutCommand({ TableName: table.name, Item: item }));
}

/** How many messages of a run have been dealt with, and the sums over them. */
export async function sumRunChunks(
  table: Table,
  run: string,
): Promise<Omit<RunChunk, 'chunk'> & { readonly chunks: number }> {
  const sums = { chunks: 0, observed: 0, failed: 0, skipped: 0, dropped: 0, wasWell: 0, newlyFailed: 0 };
  for await (const item of queryItems(table, { partition: runPartition(run) })) {
    const { chunk: _, ...counts } = recordOf<RunChunk>(item, { chunk: '', ...NOTHING });
    sums.chunks += 1;
    for (const name of Object.keys(NOTHING) as (keyof typeof NOTHING)[]) sums[name] += counts[name];
  }
  return sums;
}

const NOTHING = { observed: 0, failed: 0, skipped: 0, dropped: 0, wasWell: 0, newlyFailed: 0 };
