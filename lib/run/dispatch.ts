import type { Definitions } from '../config/definitions.ts';
import { toInstant } from '../core/instant.ts';
import type { Cadence } from '../core/state.ts';
import { putRun } from '../store/runs.ts';
import { targetsByCadence } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import type { CollectMessage } from './messages.ts';
import { type Queues, type Sent, sendCollects, sendProbes } from './queues.ts';
import { definedSources } from './retire-sources.ts';

/** A round is given up when the next one of its class comes. */
const PATIENCE_MS: Readonly<Record<Cadence, number>> = {
  '15m': 15 * 60_000,
  '1h': 60 * 60_000,
  '6h': 360 * 60_000,
  '1d': 1_440 * 60_000,
};

/**
 * Hands the targets of one cadence class to the probe queues. The run bears the name of the scheduled instant: a
 * schedule that fires twice begins the same run again, and what was looked at by then is not due any more.
 *
 * @param at The instant that the schedule meant, not the one at which it got here.
 */
export async function dispatchProbes(
  table: Table,
  queues: Queues,
  cadence: Cadence,
  at: Date,
): Promise<Sent> {
  const startedAt = toInstant(at);
  const run = `probe-${cadence}-${startedAt}`;
  const deadline = toInstant(new Date(at.getTime() + PATIENCE_MS[cadence]));
  const sent = await sendProbes(queues, targetsByCadence(table, cadence), { run, startedAt, deadline });
  // The daily one is the heartbeat: it is a run even where nothing is watched yet.
  if (sent.targets > 0 || cadence === '1d') {
    await beginRun(table, { run, startedAt, deadline }, sent);
  }
  return sent;
}

/** Notes a run that is under way, so that it can be seen to end. */
export async function beginRun(
  table: Table,
  {
    run,
    startedAt,
    deadline,
  }: { readonly run: string; readonly startedAt: string; readonly deadline: string },
  { targets, chunks }: Pick<Sent, 'targets' | 'chunks'>,
): Promise<void> {
  const counts = { targets, planned: targets, observed: 0, failed: 0, alerts: 0, digests: 0 };
  await putRun(table, { id: run, startedAt, finishedAt: null, ...counts, chunks, deadline });
}

const COLLECT_PATIENCE_MS = 6 * 3_600_000;

/** Where the function runs. */
export interface Home {
  readonly account: string;
  readonly region: string;
}

/** Asks for every source in every account and region. */
export async function dispatchCollect(
  queues: Queues,
  definitions: Definitions,
  home: Home,
  at: Date,
): Promise<number> {
  const deadline = toInstant(new Date(at.getTime() + COLLECT_PATIENCE_MS));
  const run = `collect-${toInstant(at)}`;
  const messages: CollectMessage[] = definedSources(definitions, home).map((each) => ({
    v: 1,
    run,
    ...each,
    deadline,
  }));
  await sendCollects(queues, messages);
  return messages.length;
}
