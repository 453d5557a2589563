import type { SourceHealth } from '../core/run.ts';
import type { TargetKind } from '../core/target.ts';
import { batchGet } from './batch.ts';
import { itemOf, recordOf } from './codec.ts';
import { sourceKey } from './schema.ts';
import type { Outcome } from './state.ts';
import type { Table } from './table.ts';
import { TARGET_KINDS } from './targets.ts';
import { deleteIf, putIf } from './write.ts';

/** Remembers the health of a source, unless that of a later run is stored already. */
export async function putSource(table: Table, health: SourceHealth): Promise<Outcome> {
  const condition = {
    expression: 'attribute_not_exists(pk) OR attribute_not_exists(lastRunAt) OR lastRunAt <= :run',
    values: { ':run': health.lastRunAt },
  };
  return (await putIf(table, itemOf(sourceKey(health.source), health), condition)) ? 'written' : 'stale';
}

/** The health of one source; undefined before its first run. */
export async function getSource(table: Table, source: TargetKind): Promise<SourceHealth | undefined> {
  return (await readSources(table, [source]))[0];
}

/** The health of every source that ever ran. */
export async function listSources(table: Table): Promise<readonly SourceHealth[]> {
  return readSources(table, TARGET_KINDS);
}

async function readSources(table: Table, sources: readonly TargetKind[]): Promise<readonly SourceHealth[]> {
  const items = await batchGet(table, sources.map(sourceKey));
  const healths = items.map((item) =>
    recordOf<SourceHealth>(item, {
      source: 'endpoint',
      lastRunAt: '',
      firstCompleteAt: null,
      listed: 0,
      parsed: 0,
      skipped: 0,
      denied: 0,
    }),
  );
  return healths.toSorted((a, b) => sources.indexOf(a.source) - sources.indexOf(b.source));
}

/** Forgets what was noted of sources after `instant` (ISO 8601): the clock that says so was wrong. */
export async function forgetSources(table: Table, instant: string): Promise<void> {
  for (const source of TARGET_KINDS) {
    const condition = { expression: 'lastRunAt > :now', values: { ':now': instant } };
    await deleteIf(table, sourceKey(source), condition);
  }
}
