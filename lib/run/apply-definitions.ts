import { createHash } from 'node:crypto';
import type { Definitions } from '../config/definitions.ts';
import { mergeTargets } from '../config/merge-targets.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { Policy } from '../core/policy.ts';
import { appliedDefinitions, noteApplied } from '../store/applied-definitions.ts';
import { noteDue } from '../store/due.ts';
import { forEachParallel } from '../store/parallel.ts';
import type { Table } from '../store/table.ts';
import { getTarget, listTargets, putTarget } from '../store/targets.ts';
import { withdrawTarget } from './withdraw-target.ts';

const WRITES_AT_ONCE = 16;

/** What became of the list of targets. */
export interface Applied {
  readonly added: number;
  readonly changed: number;
  readonly withdrawn: number;
}

/**
 * Makes the stored list of targets what the deployment defines. Does nothing where these definitions were applied
 * already. `clock` tells what time it is when they have been stored. The note that they were is written last, so that an attempt that was cut short is repeated.
 */
export async function applyDefinitions(
  table: Table,
  definitions: Definitions,
  policy: Policy,
  now: Date,
  clock: () => Date = () => new Date(now.getTime() + 1_000),
): Promise<Applied | null> {
  const { origin, targets } = definitions;
  const hash = createHash('sha256').update(JSON.stringify(targets)).digest('hex');
  if ((await appliedDefinitions(table, origin)) === hash) return null;
  const merged = mergeTargets(targets, await storedOf(table, definitions), now, origin);
  const fresh = [...merged.added, ...merged.changed];
  const due = fresh.flatMap(({ target }) => {
    if (target.kind !== 'endpoint') return [];
    const { id, network } = target;
    return [{ target: id, ...(network === undefined ? {} : { network }) }];
  });
  // Before, so that an attempt that is cut short leaves no target that nothing names; and once more behind it, in case
  // that somebody looked in between and knew only the old definition.
  await noteDue(table, due, now);
  await forEachParallel(fresh, WRITES_AT_ONCE, async (record) => {
    const added = merged.added.includes(record);
    await putTarget(table, added ? { ...record, addedAt: toInstant(now) } : record);
  });
  await noteDue(table, due, clock());
  await forEachParallel(merged.withdrawn, WRITES_AT_ONCE, async (record) => {
    await withdrawTarget(table, record, policy, now);
  });
  await noteApplied(table, origin, hash);
  return { added: merged.added.length, changed: merged.changed.length, withdrawn: merged.withdrawn.length };
}

/** The records that these definitions own, and those of others that they name. */
async function storedOf(table: Table, { origin, targets }: Definitions): Promise<readonly TargetRecord[]> {
  const stored = new Map<string, TargetRecord>();
  for await (const record of listTargets(table)) {
    if (record.origin === 'config' && record.config === origin) stored.set(record.target.id, record);
  }
  await forEachParallel(targets, WRITES_AT_ONCE, async ({ id }) => {
    const record = stored.get(id) ?? (await getTarget(table, id));
    if (record !== undefined) stored.set(id, record);
  });
  return [...stored.values()];
}
