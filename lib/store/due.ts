import { toInstant } from '../core/instant.ts';
import { batchWrite } from './batch.ts';
import { type Item, itemOf } from './codec.ts';
import { forEachParallel } from './parallel.ts';
import { queryItems } from './query.ts';
import { DUE, keyPart } from './schema.ts';
import type { Table } from './table.ts';
import { deleteIf } from './write.ts';

/** A target that wants to be looked at in the next dispatch, whatever its cadence, and from where. */
export interface DueTarget {
  readonly target: string;
  /** The network that it is probed from; absent for the public one. */
  readonly network?: string;
}

/** What was noted, and when: it is done with once the target was looked at after that. */
export interface DueNote extends DueTarget {
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** Notes targets that are new or were changed: no index can know yet when they are due. */
export async function noteDue(table: Table, targets: readonly DueTarget[], now: Date): Promise<void> {
  const at = toInstant(now);
  await batchWrite(
    table,
    targets.map(({ target, network }) => ({ put: itemOf(dueKey(target), { target, network, notedAt: at }) })),
  );
}

/** What was noted and not forgotten yet. */
export async function* listDue(table: Table): AsyncGenerator<DueNote, void, undefined> {
  for await (const item of queryItems(table, { partition: DUE }))
    yield { ...dueTargetOf(item), at: String(item['notedAt'] ?? '') };
}

/** Forgets them: they were looked at, or are not watched any more. */
export async function forgetDue(table: Table, targets: readonly Pick<DueTarget, 'target'>[]): Promise<void> {
  await batchWrite(
    table,
    targets.map(({ target }) => ({ remove: dueKey(target) })),
  );
}

/** Forgets notes as they were read; one that was renewed since stays. */
export async function forgetNotes(table: Table, notes: readonly DueNote[]): Promise<void> {
  await forEachParallel(notes, WRITES_AT_ONCE, ({ target, at }) =>
    deleteIf(table, dueKey(target), {
      expression: at === '' ? 'attribute_not_exists(notedAt)' : 'notedAt = :at',
      ...(at === '' ? {} : { values: { ':at': at } }),
    }),
  );
}

const WRITES_AT_ONCE = 16;

/** What an item of the partition, or of an index of states, says about where a target is probed from. */
export function dueTargetOf(item: Item): DueTarget {
  const { target, network } = item;
  return { target: String(target ?? ''), ...(typeof network === 'string' ? { network } : {}) };
}

const dueKey = (target: string) => ({ pk: DUE, sk: keyPart(target) });
