import type { Acknowledgement } from '../core/acknowledgement.ts';
import { decide } from '../core/decide.ts';
import { findingKey } from '../core/finding.ts';
import { impairmentOf, isRecent, isRecovered, MONITOR_TARGET } from '../core/impairment.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { plainOccasion } from '../core/occasion.ts';
import { outcomeOf } from '../core/outcome.ts';
import { dueAt, hasReturned } from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import type { Run } from '../core/run.ts';
import type { TargetState } from '../core/state.ts';
import type { Channel } from '../notify/channel.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import { saveLedger } from '../store/ledger.ts';
import { forEachParallel } from '../store/parallel.ts';
import { readTarget } from '../store/read-target.ts';
import { putRun } from '../store/runs.ts';
import { readStates } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import type { Collector } from './collector.ts';
import { deliver } from './deliver.ts';
import { type Look, look } from './look.ts';
import { record } from './record.ts';
import { readBaselines, writeHealth } from './source-health.ts';

export interface CycleOptions {
  readonly table: Table;
  readonly collector: Collector;
  readonly channels: readonly Channel[];
  /** See `DeliveryOptions.channelsComplete`. */
  readonly channelsComplete: boolean;
  /** The targets that are watched now. */
  readonly targets: readonly TargetRecord[];
  /** Ledger entries that were changed before the cycle began; what they have to say leaves with it. */
  readonly decided: readonly LedgerEntry[];
  readonly policy: Policy;
  /** Unique; sorts by time. */
  readonly runId: string;
  readonly now: () => Date;
  /** Targets looked at side by side. */
  readonly concurrency: number;
  /** Look at every target, due or not. */
  readonly all?: boolean;
  readonly onPlan?: (planned: number) => void;
  readonly onLook?: () => void;
  /** Throws where another run may have taken over. */
  readonly fence?: () => void;
  /** Aborting ends the run; what was not written is due again next time, and what was not sent is kept. */
  readonly signal?: AbortSignal;
}

export interface CycleResult {
  readonly run: Run;
  /** When the next target is due; null where there is none. */
  readonly nextDueAt: Date | null;
  /** The ledger entries that this run changed. */
  readonly decided: readonly LedgerEntry[];
  /** Digests of earlier runs that were delivered now. */
  readonly late: number;
  /** Sentences about what could not be recorded or delivered. */
  readonly failures: readonly string[];
}

/** Store requests under way at once; an embedded server answers one at a time, AWS likes a few. */
const WRITES_AT_ONCE = 16;

/** More targets than this that cannot be recorded are a fault of the store. */
const MAX_BROKEN = 10;

/** One monitoring cycle: plan, probe, record, decide, deliver. */
export async function runCycle(options: CycleOptions): Promise<CycleResult> {
  const { table, targets, policy, now, signal } = options;
  const startedAt = now();
  const states = await readStates(
    table,
    targets.map(({ target }) => target.id),
  );
  const due = targets.filter((record) => options.all === true || dueSince(record, states) <= startedAt);
  options.onPlan?.(due.length);

  const looks: Look[] = [];
  const withdrawn = new Set<TargetRecord>();
  await forEachParallel(due, options.concurrency, async (record) => {
    signal?.throwIfAborted();
    const seen = await look(table, options.collector, record, policy);
    if (seen === null) withdrawn.add(record);
    else looks.push(seen);
    options.onLook?.();
  });
  const watched = targets.filter((record) => !withdrawn.has(record));
  signal?.throwIfAborted();
  for (const { transition } of looks) states.set(transition.state.target, transition.state);

  const decided = [...options.decided];
  const acknowledgements = await listAcknowledgements(table);
  const impaired = await judgeMonitor(
    options,
    { states: [...states.values()], looks, acknowledgements },
    decided,
  );
  const baselines = await readBaselines(table);
  const broken: string[] = [];
  await forEachParallel(looks, WRITES_AT_ONCE, async (each) => {
    signal?.throwIfAborted();
    const source = each.target.kind;
    const baseline = !baselines.has(source);
    try {
      const occasion = { policy, impaired, baseline, source, acknowledgements };
      const { changed, state } = await record(table, each, occasion);
      decided.push(...changed);
      states.set(each.target.id, state);
    } catch (error) {
      // One target that cannot be stored must not silence the others; it stays due. A store that is down fails for all.
      if (each.before.state === undefined) states.delete(each.target.id);
      else states.set(each.target.id, each.before.state);
      broken.push(`${each.target.id} could not be recorded: ${(error as Error).message}`);
      if (broken.length > MAX_BROKEN) throw error;
    }
  });
  await writeHealth(table, watched, states, looks, startedAt);

  const delivery = await deliver(table, decided, {
    channels: options.channels,
    channelsComplete: options.channelsComplete,
    // Every target had its turn in this very run.
    isComplete: () => true,
    runId: options.runId,
    now: now(),
    fence: () => {
      signal?.throwIfAborted();
      options.fence?.();
    },
  });
  const failed = looks.filter(({ transition }) => transition.state.failure !== undefined).length;
  const run: Run = {
    id: options.runId,
    startedAt: toInstant(startedAt),
    finishedAt: toInstant(now()),
    targets: watched.length,
    planned: due.length - withdrawn.size,
    observed: looks.length - failed,
    failed,
    alerts: delivery.alerts,
    digests: delivery.digests,
  };
  await putRun(table, run);
  return {
    run,
    decided,
    nextDueAt: nextDue(watched, states, startedAt),
    late: delivery.late,
    failures: [...broken, ...delivery.failures],
  };
}

/** Opens or closes the finding about the monitor itself; true while it stands. */
async function judgeMonitor(
  { table, policy, now }: CycleOptions,
  {
    states,
    looks,
    acknowledgements,
  }: {
    readonly states: readonly TargetState[];
    readonly looks: readonly Look[];
    readonly acknowledgements: readonly Acknowledgement[];
  },
  decided: LedgerEntry[],
): Promise<boolean> {
  const finding = impairmentOf(countWell(looks, policy, now()), policy);
  const { ledger } = await readTarget(table, MONITOR_TARGET);
  const changed = decide(ledger, finding === null ? [] : [finding], {
    ...plainOccasion(MONITOR_TARGET, null, { now: now(), policy }),
    acknowledgements,
    // Failures that are merely no longer recent, or a run over other targets, are no recovery.
    complete: isRecovered(states, policy),
    outcome: (entry) => outcomeOf(entry, null, () => undefined),
  });
  const { lost } = await saveLedger(table, changed);
  decided.push(...changed.filter((entry) => !lost.includes(entry)));
  const current = new Map([...ledger, ...changed].map((entry) => [findingKey(entry), entry]));
  return [...current.values()].some(({ state, absent }) => state === 'open' && absent === undefined);
}

/** Of the targets that this run looked at: how many were well a short while ago, and how many of these fail now. */
function countWell(looks: readonly Look[], policy: Policy, now: Date) {
  const recent = looks.filter(
    ({ transition: { state } }) => state.failure === undefined || isRecent(state, policy, now),
  );
  const newlyFailed = recent.filter(({ transition: { state } }) => state.failure !== undefined).length;
  return { wasWell: recent.length, newlyFailed };
}

/** Not before the run itself: what could not be recorded is due since the beginning of time. */
function nextDue(
  targets: readonly TargetRecord[],
  states: ReadonlyMap<string, TargetState>,
  startedAt: Date,
): Date | null {
  let next: Date | null = null;
  for (const record of targets) {
    const due = dueSince(record, states);
    if (next === null || due < next) next = due;
  }
  return next !== null && next < startedAt ? startedAt : next;
}

function dueSince(record: TargetRecord, states: ReadonlyMap<string, TargetState>): Date {
  const state = states.get(record.target.id);
  return dueAt(record.target, hasReturned(record, state) ? undefined : state);
}
