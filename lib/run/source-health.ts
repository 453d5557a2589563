import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { TargetState } from '../core/state.ts';
import { listSources, putSource } from '../store/sources.ts';
import type { Table } from '../store/table.ts';
import type { Look } from './look.ts';

/** The sources that were complete at least once: what they find from then on is news, not a baseline. */
export async function readBaselines(table: Table): Promise<ReadonlySet<string>> {
  const sources = await listSources(table);
  return new Set(
    sources.filter(({ firstCompleteAt }) => firstCompleteAt !== null).map(({ source }) => source),
  );
}

/** Notes for every source that has targets how much of it this run saw. Written last: until then it is a first day. */
export async function writeHealth(
  table: Table,
  targets: readonly TargetRecord[],
  states: ReadonlyMap<string, TargetState>,
  looks: readonly Look[],
  startedAt: Date,
): Promise<void> {
  const known = await listSources(table);
  for (const source of new Set(targets.map(({ target }) => target.kind))) {
    const own = targets.filter(({ target }) => target.kind === source);
    const looked = looks.filter(({ target }) => target.kind === source);
    const denied = looked.filter(({ transition }) => transition.state.failure !== undefined).length;
    // A volume that is not mounted yet, or a network that is down, is no first look.
    const seen = own.filter(({ target }) => states.get(target.id)?.seenAt != null).length;
    const complete = own.every(({ target }) => states.has(target.id)) && seen * 2 > own.length;
    const before = known.find((health) => health.source === source);
    await putSource(table, {
      source,
      lastRunAt: toInstant(startedAt),
      firstCompleteAt: before?.firstCompleteAt ?? (complete ? toInstant(startedAt) : null),
      listed: own.length,
      parsed: looked.length - denied,
      skipped: own.length - looked.length,
      denied,
    });
  }
}
