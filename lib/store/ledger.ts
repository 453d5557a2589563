import { isDeepStrictEqual } from 'node:util';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { CANARY_TARGET } from '../core/canary.ts';
import { findingKey } from '../core/finding.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Severity } from '../core/severity.ts';
import { type Item, itemOf, recordOf, ttlAfter } from './codec.ts';
import { forEachParallel } from './parallel.ts';
import { itemsBehind, queryItems } from './query.ts';
import { type Key, keyPart, PENDING, SORT_KEYS, severityPartition, targetPartition } from './schema.ts';
import type { Table } from './table.ts';
import { putIf } from './write.ts';

/** A closed entry says for this long that the finding is not new when it returns. */
const CLOSED_DAYS = 400;
const WRITES_AT_ONCE = 16;

/**
 * Stores entries whose version was raised by one since they were read (1 for new ones). `lost` holds those that
 * somebody else had written in the meantime; nothing of them is stored. Storing the same entry twice is no loss.
 */
export async function saveLedger(
  table: Table,
  entries: readonly LedgerEntry[],
): Promise<{ readonly lost: readonly LedgerEntry[] }> {
  const lost: LedgerEntry[] = [];
  await forEachParallel(entries, WRITES_AT_ONCE, async (entry) => {
    const item = ledgerItem(entry);
    const condition =
      entry.version === 1
        ? { expression: 'attribute_not_exists(pk) OR attribute_not_exists(version)' }
        : { expression: 'version = :previous', values: { ':previous': entry.version - 1 } };
    if (await putIf(table, item, condition)) return;
    // The SDK repeats a request whose answer was lost: the first of two may have been ours.
    if (!(await isStored(table, item))) lost.push(entry);
  });
  return { lost };
}

/** Findings that are open at this severity, longest open first. The daily canary is none. */
export async function* openFindings(
  table: Table,
  severity: Severity,
): AsyncGenerator<LedgerEntry, void, undefined> {
  const rows = queryItems(table, { index: 'gsi1', partition: severityPartition(severity) });
  for await (const item of itemsBehind(table, rows)) {
    const entry = ledgerEntryOf(item);
    if (entry.target === CANARY_TARGET) continue;
    if (entry.state === 'open' && entry.severity === severity) yield entry;
  }
}

/** Entries with alerts that no stored digest carries yet, by target. */
export async function* undeliveredLedger(table: Table): AsyncGenerator<LedgerEntry, void, undefined> {
  const rows = queryItems(table, { index: 'gsi2', partition: PENDING });
  for await (const item of itemsBehind(table, rows)) {
    const entry = ledgerEntryOf(item);
    if (entry.pending.length > 0) yield entry;
  }
}

/** The entry that an item keeps. */
export function ledgerEntryOf(item: Item): LedgerEntry {
  return recordOf<LedgerEntry>(item, {
    target: '',
    story: 'could-not-observe',
    fingerprint: null,
    check: 'could-not-observe',
    episode: 1,
    state: 'closed',
    severity: 'info',
    rung: null,
    announced: null,
    message: '',
    advice: '',
    openedAt: '',
    pending: [],
    version: 0,
  });
}

function ledgerItem(entry: LedgerEntry): Item {
  const target = keyPart(entry.target);
  const name = findingKey(entry);
  const key: Key = { pk: targetPartition(entry.target), sk: `${SORT_KEYS.finding}${name}` };
  const quiet = entry.pending.length === 0;
  return itemOf(key, entry, {
    ...(entry.state === 'open'
      ? { gsi1: [severityPartition(entry.severity), `${entry.openedAt}#${target}#${name}`] as const }
      : {}),
    ...(quiet ? {} : { gsi2: [PENDING, `${target}#${name}`] as const }),
    ...(quiet && entry.closedAt !== undefined ? { ttl: ttlAfter(entry.closedAt, CLOSED_DAYS) } : {}),
  });
}

async function isStored(table: Table, item: Item): Promise<boolean> {
  const { Item: stored } = await table.client.send(
    new GetCommand({
      TableName: table.name,
      Key: { pk: item['pk'], sk: item['sk'] },
      ConsistentRead: true,
    }),
  );
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as unknown;
  return isDeepStrictEqual(plain(stored), plain(item));
}
