import type { Content } from '../core/content.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { TargetState } from '../core/state.ts';
import { contentOf } from './content.ts';
import { ledgerEntryOf } from './ledger.ts';
import { queryItems } from './query.ts';
import { SORT_KEYS, targetPartition } from './schema.ts';
import { stateOf } from './state.ts';
import type { Table } from './table.ts';
import { targetRecordOf } from './targets.ts';

/** Everything that is remembered of one target. */
export interface TargetPicture {
  readonly record?: TargetRecord;
  readonly state?: TargetState;
  readonly content?: Content;
  /** Open and closed entries. */
  readonly ledger: readonly LedgerEntry[];
}

/** Reads a target in one strongly consistent query. Items of kinds that came later are passed over. */
export async function readTarget(table: Table, id: string): Promise<TargetPicture> {
  const picture: { -readonly [Part in keyof TargetPicture]: TargetPicture[Part] } = { ledger: [] };
  const ledger: LedgerEntry[] = [];
  for await (const item of queryItems(table, { partition: targetPartition(id) })) {
    const sk = String(item['sk']);
    if (sk === SORT_KEYS.state) picture.state = stateOf(item);
    else if (sk.startsWith(SORT_KEYS.finding)) ledger.push(ledgerEntryOf(item));
    else if (sk === SORT_KEYS.target) {
      const record = targetRecordOf(item);
      if (record !== undefined) picture.record = record;
    } else if (sk === SORT_KEYS.content) {
      const content = contentOf(item);
      if (content !== undefined) picture.content = content;
    }
  }
  return { ...picture, ledger };
}
