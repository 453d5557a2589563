import { certificatesOf } from '../core/content.ts';
import { withdraw } from '../core/decide.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { type Occasion, plainOccasion } from '../core/occasion.ts';
import type { Policy } from '../core/policy.ts';
import { putHistory } from '../store/history.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { recordSightings } from '../store/sightings.ts';
import { restState } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { putTarget } from '../store/targets.ts';

/**
 * Takes a target off the list: its open findings close as "no longer watched", its certificates are no longer seen
 * there, its history stays. The record is marked last, so that a killed process leaves it to be withdrawn again.
 *
 * @returns The ledger entries that were closed; what they have to say leaves with the next delivery.
 */
export async function withdrawTarget(
  table: Table,
  record: TargetRecord,
  policy: Policy,
  now: Date,
): Promise<readonly LedgerEntry[]> {
  const { id } = record.target;
  const picture = await readTarget(table, id);
  // Who was told: the configuration may have named an owner that the record does not.
  const owner = picture.state?.owner ?? record.target.owner;
  const occasion = plainOccasion(id, owner, { now, policy });
  const closed = await closeFindings(table, picture.ledger, occasion);
  await recordSightings(table, id, [], certificatesOf(picture.content ?? null));
  await putHistory(table, {
    target: id,
    at: toInstant(now),
    event: 'withdrawn',
    certificates: [],
    summary: 'no longer watched',
  });
  await restState(table, id);
  await putTarget(table, { ...record, withdrawnAt: toInstant(now) });
  return closed;
}

/** What somebody else has written meanwhile is read again: a finding of a target that nobody watches would stay open. */
async function closeFindings(
  table: Table,
  ledger: readonly LedgerEntry[],
  occasion: Occasion,
): Promise<readonly LedgerEntry[]> {
  const closed = withdraw(ledger, occasion);
  const { lost } = await saveLedger(table, closed);
  const saved = closed.filter((entry) => !lost.includes(entry));
  if (lost.length === 0) return saved;
  const { ledger: current } = await readTarget(table, occasion.target);
  return [...saved, ...(await closeFindings(table, current, occasion))];
}
