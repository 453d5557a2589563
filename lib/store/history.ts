import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { HistoryEvent } from '../core/state.ts';
import { type Item, itemOf, packFingerprints, recordOf, ttlAfter, unpackFingerprints } from './codec.ts';
import { queryItems } from './query.ts';
import { historyPartition } from './schema.ts';
import type { Table } from './table.ts';

/** PCI DSS asks for a year of evidence; a little more so that the year is whole. */
const KEPT_DAYS = 400;

/** Adds an event to the history of its target. The same event twice is one. */
export async function putHistory(table: Table, event: HistoryEvent): Promise<void> {
  const item = itemOf(
    { pk: historyPartition(event.target), sk: `${event.at}#${event.event}` },
    { ...event, certificates: packFingerprints(event.certificates) },
    { ttl: ttlAfter(event.at, KEPT_DAYS) },
  );
  await table.client.send(new PutCommand({ TableName: table.name, Item: item }));
}

/** The history of a target, oldest first unless asked otherwise; all of it unless limited. */
export async function* listHistory(
  table: Table,
  targetId: string,
  { newestFirst = false, limit = Number.POSITIVE_INFINITY }: { newestFirst?: boolean; limit?: number } = {},
): AsyncGenerator<HistoryEvent, void, undefined> {
  if (limit < 1) return;
  const pageSize = Number.isFinite(limit) ? { pageSize: limit } : {};
  const range = { partition: historyPartition(targetId), newestFirst, ...pageSize };
  let count = 0;
  for await (const item of queryItems(table, range)) {
    yield eventOf(item);
    if (++count >= limit) return;
  }
}

function eventOf(item: Item): HistoryEvent {
  const certificates = unpackFingerprints(item['certificates']);
  return recordOf<HistoryEvent>(
    { ...item, certificates },
    { target: '', at: '', event: 'changed', certificates: [], summary: '' },
  );
}
