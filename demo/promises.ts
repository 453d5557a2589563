import { join } from 'node:path';
import type { Digest } from '../lib/core/alert.ts';
import { bundleTargetId, endpointTargetId } from '../lib/core/target.ts';
import { listDigests } from '../lib/store/digests.ts';
import { openFindings } from '../lib/store/ledger.ts';
import { latestRuns } from '../lib/store/runs.ts';
import type { Table } from '../lib/store/table.ts';
import { DAMAGED, TRUSTSTORE } from './directory.ts';
import { type Inhabitant, RENEWED, type Zoo } from './zoo.ts';

/** What the demo said would be so in the end. */
export interface Promised {
  readonly cycles: number;
  /** Target ids with the checks that are to have something open about them, and about no other target. */
  readonly open: ReadonlyMap<string, readonly string[]>;
  /** The targets that an all-clear is sent for, in that order, and no others. */
  readonly resolved: readonly string[];
}

/** @param directory Absolute path. */
export function promisesOf({ inhabitants }: Zoo, cycles: number, directory: string): Promised {
  const id = ({ host, port }: Inhabitant) => endpointTargetId({ host, port, serverName: host });
  return {
    cycles,
    resolved: inhabitants.filter(({ note }) => note === RENEWED).map(id),
    open: new Map<string, readonly string[]>([
      ...inhabitants.map((each) => [id(each), each.expected] as const),
      [bundleTargetId('truststore', join(directory, TRUSTSTORE)), ['expiring']],
      [bundleTargetId('file', join(directory, DAMAGED)), ['unreadable-block']],
    ]),
  };
}

/** What became of it. */
export interface Kept {
  readonly alerts: number;
  readonly messages: number;
  /** A sentence for every promise that was not kept. */
  readonly broken: readonly string[];
}

/** Holds the inventory to what was promised. */
export async function checkPromises(table: Table, promised: Promised): Promise<Kept> {
  const digests: Digest[] = [];
  for await (const digest of listDigests(table)) digests.push(digest);
  const alerts = digests.flatMap((digest) => digest.alerts);
  const broken: string[] = [];

  const runs = await latestRuns(table, promised.cycles + 1);
  if (runs.length !== promised.cycles)
    broken.push(`${promised.cycles} cycles were promised, and the inventory has ${runs.length}.`);
  const quiet = runs[0];
  if (quiet === undefined || quiet.alerts > 0)
    broken.push('The last cycle had nothing new before it, and spoke.');

  const said = new Set<string>();
  for (const { id } of alerts) {
    if (said.has(id)) broken.push(`This was said more than once: ${id}`);
    said.add(id);
  }
  if (digests.some(({ done }) => !done)) broken.push('A message was not delivered.');
  const resolved = alerts.filter(({ event }) => event === 'resolved').map(({ target }) => target);
  if (resolved.join() !== promised.resolved.join())
    broken.push(
      `To be resolved: ${promised.resolved.join(', ')}; what was: ${resolved.join(', ') || 'nothing'}.`,
    );

  const open = await openByTarget(table);
  for (const target of new Set([...promised.open.keys(), ...open.keys()])) {
    const wanted = [...(promised.open.get(target) ?? [])].sort().join(', ') || 'nothing';
    const got = [...(open.get(target) ?? [])].sort().join(', ') || 'nothing';
    if (got !== wanted) broken.push(`${target} was to have open: ${wanted}; it has: ${got}.`);
  }
  return { alerts: alerts.length, messages: digests.length, broken };
}

async function openByTarget(table: Table): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const open = new Map<string, Set<string>>();
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const { target, check } of openFindings(table, severity))
      open.set(target, (open.get(target) ?? new Set()).add(check));
  }
  return open;
}
