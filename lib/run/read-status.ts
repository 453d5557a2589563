import type { Severity } from '../core/severity.ts';
import { type Status, statusOf } from '../core/status.ts';
import type { TargetKind } from '../core/target.ts';
import { openFindings } from '../store/ledger.ts';
import { latestRuns } from '../store/runs.ts';
import { listSources } from '../store/sources.ts';
import type { Table } from '../store/table.ts';
import { listTargets } from '../store/targets.ts';

/** Runs that may be under way in front of the one that ended last. */
const LOOK_BACK = 200;

/** The monitor's account of itself, from the inventory. */
export async function readStatus(table: Table): Promise<Status> {
  const watched: Partial<Record<TargetKind, number>> = {};
  for await (const { target, withdrawnAt } of listTargets(table)) {
    if (withdrawnAt === undefined) watched[target.kind] = (watched[target.kind] ?? 0) + 1;
  }
  const open: Partial<Record<Severity, number>> = {};
  let unobserved = 0;
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const { check } of openFindings(table, severity)) {
      open[severity] = (open[severity] ?? 0) + 1;
      if (check === 'could-not-observe') unobserved += 1;
    }
  }
  const lastRun = (await latestRuns(table, LOOK_BACK)).find(({ finishedAt }) => finishedAt !== null);
  return statusOf({
    watched,
    open,
    unobserved,
    sources: await listSources(table),
    ...(lastRun === undefined ? {} : { lastRun }),
  });
}
