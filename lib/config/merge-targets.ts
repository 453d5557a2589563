import { isDeepStrictEqual } from 'node:util';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { Target } from '../core/target.ts';

/** What the list of targets is to become, and what has to be written for that. */
export interface MergedTargets {
  /** Everything that is watched now: the file's targets in file order, then those that only commands added. */
  readonly active: readonly TargetRecord[];
  /** Of these: not known before, or withdrawn before and back again. */
  readonly added: readonly TargetRecord[];
  /** Of these: known, with another definition or from elsewhere; a command's definition comes back into force here. */
  readonly changed: readonly TargetRecord[];
  /** No longer watched from now on: they came from the file, and the file names them no more. */
  readonly withdrawn: readonly TargetRecord[];
}

/**
 * Puts the targets of the configuration file and the stored ones side by side. The file wins where both name one.
 *
 * @param fromFile All targets of a file that was read without a fault: what is missing here is withdrawn.
 * @param path Of that file, absolute.
 */
export function mergeTargets(
  fromFile: readonly Target[],
  stored: readonly TargetRecord[],
  now: Date,
  path?: string,
): MergedTargets {
  const at = toInstant(now);
  const known = new Map(stored.map((record) => [record.target.id, record]));
  const named = new Set(fromFile.map((target) => target.id));
  const active: TargetRecord[] = [];
  const added: TargetRecord[] = [];
  const changed: TargetRecord[] = [];
  for (const target of fromFile) {
    const previous = known.get(target.id);
    const behind =
      previous?.origin === 'command' && previous.withdrawnAt === undefined
        ? previous.target
        : previous?.behind;
    const record: TargetRecord = {
      target,
      origin: 'config',
      ...(path === undefined ? {} : { config: path }),
      ...(behind === undefined ? {} : { behind }),
      addedAt: previous?.addedAt ?? at,
    };
    active.push(record);
    if (previous === undefined || previous.withdrawnAt !== undefined) added.push(record);
    else if (!isDeepStrictEqual(previous, record)) changed.push(record);
  }
  const withdrawn: TargetRecord[] = [];
  for (const record of stored) {
    if (named.has(record.target.id) || record.withdrawnAt !== undefined) continue;
    if (record.origin === 'config' && record.behind !== undefined) {
      const restored: TargetRecord = { target: record.behind, origin: 'command', addedAt: record.addedAt };
      active.push(restored);
      changed.push(restored);
    } else if (record.origin === 'config') withdrawn.push({ ...record, withdrawnAt: at });
    else active.push(record);
  }
  return { active, added, changed, withdrawn };
}
