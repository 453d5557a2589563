import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { mergeTargets } from '../config/merge-targets.ts';
import type { Defaults } from '../config/settings.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Severity } from '../core/severity.ts';
import { worstSeverity } from '../core/severity.ts';
import type { Target } from '../core/target.ts';
import { appliedOrigins } from '../store/applied-definitions.ts';
import { openFindings } from '../store/ledger.ts';
import { forEachParallel } from '../store/parallel.ts';
import { latestRuns } from '../store/runs.ts';
import { StoreError } from '../store/store-error.ts';
import type { Table } from '../store/table.ts';
import { listTargets, putTarget } from '../store/targets.ts';
import { type CollectorOptions, createCollector } from './collector.ts';
import { completed } from './completed.ts';
import { type CycleOptions, type CycleResult, runCycle } from './cycle.ts';
import { forgetFuture } from './forget-future.ts';
import { holdLease } from './hold-lease.ts';
import { createKnownIssuers } from './known-issuers.ts';
import { withdrawTarget } from './withdraw-target.ts';

export interface MonitorOptions
  extends Omit<CycleOptions, 'collector' | 'targets' | 'decided' | 'runId' | 'concurrency' | 'signal'> {
  /** What the configuration file names; absent where there is no file, and then nothing of it is withdrawn. */
  readonly configured?: readonly Target[];
  /** Absolute path of that file. Targets that another file names, which is still there, are left alone. */
  readonly configPath?: string;
  /** What the configuration says for every target; completes the ones that commands added. */
  readonly defaults?: Defaults;
  readonly collector: Omit<CollectorOptions, 'now'>;
  /** Take back what a run with a clock ahead of `now` left behind, instead of refusing to run. */
  readonly clockWasAhead?: boolean;
  /** No other process can reach the table: no lease is needed. */
  readonly exclusive: boolean;
  readonly signal: AbortSignal;
}

export interface MonitorResult extends CycleResult {
  /** Targets that were taken off the list. */
  readonly withdrawn: number;
  /** The most severe finding that is open now. */
  readonly openSeverity: Severity | null;
}

/** A clock may be corrected by this much without anybody noticing. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

const WRITES_AT_ONCE = 16;

/**
 * A whole run on one machine: brings the list of targets up to date, then runs a cycle over it.
 *
 * @throws StoreError where the clock has jumped back, another run is at work, the table is a deployed monitor's, or the
 * store fails.
 */
export async function monitor(options: MonitorOptions): Promise<MonitorResult> {
  const { table, now } = options;
  // With its milliseconds: two runs within a second are listed in their order.
  const runId = `${now().toISOString()}-${randomBytes(3).toString('hex')}`;
  const { exclusive, clockWasAhead = false } = options;
  if (!exclusive) await demandOwnTable(table);
  const lease = exclusive ? undefined : await holdLease(table, runId, now, clockWasAhead);
  const signal = lease === undefined ? options.signal : AbortSignal.any([options.signal, lease.lost]);
  const collector = createCollector({ ...options.collector, knownIssuers: createKnownIssuers(table), now });
  // Otherwise a server that says nothing holds up the end of the run for as long as a probe may take.
  const endProbes = () => collector.close();
  signal.addEventListener('abort', endProbes);
  try {
    const retracted = clockWasAhead ? await forgetFuture(table, options.policy, now()) : [];
    await demandForwardClock(table, now());
    const { active, withdrawn, decided } = await updateTargets(options);
    const concurrency = options.collector.concurrency;
    const targets = active.map((record) => completed(record, options.defaults));
    const fence = lease === undefined ? {} : { fence: () => lease.fence() };
    const cycle = {
      ...options,
      ...fence,
      collector,
      targets,
      decided: [...retracted, ...decided],
      runId,
      concurrency,
      signal,
    };
    const result = await runCycle(cycle);
    return { ...result, withdrawn, openSeverity: await openSeverity(table, result) };
  } finally {
    signal.removeEventListener('abort', endProbes);
    collector.close();
    await lease?.release();
  }
}

/**
 * What waits to be said is said once, by whoever comes first. A run from a laptop would print what belongs into
 * somebody's mail.
 */
async function demandOwnTable(table: Table): Promise<void> {
  const [origin] = await appliedOrigins(table);
  if (origin === undefined) return;
  throw new StoreError(
    `the table ${table.name} is that of a deployed monitor (${origin}), which looks and tells by itself: add targets with "notafter targets add --table ${table.name}", or run on a table or a directory of its own`,
  );
}

/** State never goes back in time, so an observation from before the latest one would be lost without a word. */
async function demandForwardClock(table: Table, now: Date): Promise<void> {
  const [latest] = await latestRuns(table, 1);
  if (latest === undefined || Date.parse(latest.startedAt) - CLOCK_TOLERANCE_MS <= now.getTime()) return;
  throw new StoreError(
    `the clock of this host says ${toInstant(now)}, but the latest run was at ${latest.startedAt}: set the clock, or, where that of the latest run was wrong, run once with --clock-was-ahead; nothing was changed`,
  );
}

interface TargetUpdate {
  readonly active: readonly TargetRecord[];
  readonly withdrawn: number;
  /** What the withdrawals have to say. */
  readonly decided: readonly LedgerEntry[];
}

/**
 * What is stored, but for what only another configuration file names that is still there: its runs look after that. A
 * file that merely cannot be looked at just now is still there, and so is one that another host on a shared table names.
 */
async function listOwn({
  table,
  configured,
  configPath,
  exclusive,
}: MonitorOptions): Promise<readonly TargetRecord[]> {
  const named = new Set(configured?.map(({ id }) => id));
  const files = new Map<string, Promise<boolean>>();
  const own: TargetRecord[] = [];
  for await (const record of listTargets(table)) {
    const { origin, config } = record;
    // What a deployment discovered, it looks after itself.
    if (origin === 'discovered') continue;
    const foreign =
      origin === 'config' && configPath !== undefined && config !== configPath ? config : undefined;
    if (foreign !== undefined && !named.has(record.target.id)) {
      const there = files.get(foreign) ?? (exclusive ? isThere(foreign) : Promise.resolve(true));
      files.set(foreign, there);
      if (await there) continue;
    }
    own.push(record);
  }
  return own;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  );
}

async function updateTargets(options: MonitorOptions): Promise<TargetUpdate> {
  const { table, policy, now } = options;
  const stored = await listOwn(options);
  if (options.configured === undefined) {
    return { active: stored.filter((record) => record.withdrawnAt === undefined), withdrawn: 0, decided: [] };
  }
  const merged = mergeTargets(options.configured, stored, now(), options.configPath);
  const known = new Map(stored.map((record) => [record.target.id, record]));
  // What comes back counts as added now, which makes it due (`hasReturned`).
  const dated = (record: TargetRecord): TargetRecord =>
    known.get(record.target.id)?.withdrawnAt === undefined
      ? record
      : { ...record, addedAt: toInstant(now()) };
  await forEachParallel([...merged.added, ...merged.changed], WRITES_AT_ONCE, (record) =>
    putTarget(table, dated(record)),
  );
  const decided: LedgerEntry[] = [];
  await forEachParallel(merged.withdrawn, WRITES_AT_ONCE, async (record) => {
    decided.push(...(await withdrawTarget(table, record, policy, now())));
  });
  return { active: merged.active.map(dated), withdrawn: merged.withdrawn.length, decided };
}

/** By the index, which on AWS may be a moment behind, and by what this run itself decided. */
async function openSeverity(table: Table, { decided }: CycleResult): Promise<Severity | null> {
  // One that is no longer seen only waits for its confirmation.
  const open = decided
    .filter((entry) => entry.state === 'open' && entry.absent === undefined)
    .map((entry) => entry.severity);
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const entry of openFindings(table, severity)) {
      if (entry.absent !== undefined) continue;
      open.push(entry.severity);
      break;
    }
  }
  return worstSeverity(open) ?? null;
}
