import type { SourceHealth } from '../core/run.ts';
import type { TargetKind } from '../core/target.ts';
import { batchGet } from './batch.ts';
import { itemOf, recordOf } from './codec.ts';
import { sourceKey } from './schema.ts';
import type { Outcome } from './state.ts';
import type { Table } from './table.ts';
import { TARGET_KINDS } from './targets.ts';
import { putIf } from './write.ts';

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

/**
 * Dates what was noted of sources after `instant` (ISO 8601) back to it: the clock that says so was wrong. A first day
 * that it alone saw the end of is still to come.
 */
export async function redateSources(table: Table, instant: string): Promise<void> {
  for (const health of await listSources(table)) {
    if (health.lastRunAt <= instant) continue;
    const { source, lastRunAt, firstCompleteAt } = health;
    const first = firstCompleteAt !== null && firstCompleteAt > instant ? null : firstCompleteAt;
    await putIf(table, itemOf(sourceKey(source), { ...health, lastRunAt: instant, firstCompleteAt: first }), {
      expression: 'lastRunAt = :seen',
      values: { ':seen': lastRunAt },
    });
  }
}
