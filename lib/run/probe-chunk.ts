import type { Defaults } from '../config/settings.ts';
import { isRecent, MONITOR_TARGET } from '../core/impairment.ts';
import { dueAt, hasReturned } from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import type { TargetState } from '../core/state.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import { forgetDue } from '../store/due.ts';
import { forEachParallel } from '../store/parallel.ts';
import { readTarget } from '../store/read-target.ts';
import { putRunChunk, type RunChunk } from '../store/run-chunks.ts';
import type { Table } from '../store/table.ts';
import type { Collector } from './collector.ts';
import { completed } from './completed.ts';
import { type Look, look } from './look.ts';
import { isOutOfTurn, type ProbeMessage } from './messages.ts';
import { type RunOccasion, record } from './record.ts';
import { readBaselines } from './source-health.ts';
import { withdrawTarget } from './withdraw-target.ts';

export interface ProbeChunkOptions {
  readonly table: Table;
  readonly collector: Collector;
  readonly policy: Policy;
  /** What the configuration says for targets that commands add. */
  readonly defaults?: Defaults;
  readonly occasion: Omit<RunOccasion, 'policy'>;
  readonly now: () => Date;
  /** Milliseconds until the function is stopped. */
  readonly timeLeftMs: () => number;
  /** The longest that one probe may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Targets looked at side by side. */
  readonly concurrency: number;
}

/** What came of one message. */
export interface ProbedChunk extends RunChunk {
  /** Targets that there was no time for: the message has to come again. */
  readonly rest: readonly string[];
  /** Sentences about targets that were looked at and could not be recorded; they count as failed, and stay due. */
  readonly broken: readonly string[];
}

/** More targets than this that cannot be recorded are a fault of the store. */
const MAX_BROKEN = 10;

/** Recording what was seen takes a few writes, and a table that is busy makes them wait. */
const RECORDING_MS = 10_000;

/**
 * Looks at the targets of one message and records what was seen. Whatever was looked at already since the run began is
 * only counted: a message that comes twice changes nothing. No probe begins that could not be recorded in time.
 */
export async function probeChunk(message: ProbeMessage, options: ProbeChunkOptions): Promise<ProbedChunk> {
  const { table, now, timeLeftMs } = options;
  const occasion = { policy: options.policy, ...options.occasion };
  const counts = { observed: 0, failed: 0, skipped: 0, dropped: 0, wasWell: 0, newlyFailed: 0 };
  const rest: string[] = [];
  const broken: string[] = [];
  const isStale = now() > new Date(message.deadline);
  if (isStale) counts.dropped = message.ids.length;
  await forEachParallel(isStale ? [] : message.ids, options.concurrency, async (id) => {
    if (timeLeftMs() < options.timeoutMs + RECORDING_MS) {
      rest.push(id);
      return;
    }
    const seen = await lookAt(id, message, options);
    if (seen === null) {
      counts.skipped += 1;
      return;
    }
    try {
      const state = 'transition' in seen ? (await record(table, seen, occasion)).state : seen;
      count(state, counts, options);
    } catch (error) {
      // One target that cannot be stored must not bring the message back forever. A store that is down fails for all: for
      // the reads, for many, or at the latest for the chunk.
      broken.push(`${id} could not be recorded: ${(error as Error).message}`);
      counts.failed += 1;
      if (broken.length > MAX_BROKEN) throw error;
    }
  });
  const chunk: RunChunk = { chunk: message.chunk, ...counts };
  if (rest.length === 0) await putRunChunk(table, message.run, message.startedAt, chunk);
  return { ...chunk, rest, broken };
}

/** What was seen, to be recorded, or the state where it was looked at already; null where there was nothing to look at. */
async function lookAt(
  id: string,
  { run, startedAt }: ProbeMessage,
  { table, collector, policy, defaults, now }: ProbeChunkOptions,
): Promise<Look | TargetState | null> {
  const picture = await readTarget(table, id);
  const { record: stored, state } = picture;
  if (stored === undefined || stored.target.kind !== 'endpoint') return null;
  const target = completed(stored, defaults);
  if (target.withdrawnAt !== undefined) {
    // It was being looked at when it was taken off the list, and came back into the indexes.
    await withdrawTarget(table, stored, policy, now());
    await forgetDue(table, [{ target: id }]);
    return null;
  }
  if (state !== undefined && state.observedAt >= startedAt) return state;
  const known = hasReturned(target, state) ? undefined : state;
  if (dueAt(target.target, known) > now()) {
    // Somebody asked for it out of its turn, and it was looked at since: what was noted is answered.
    if (isOutOfTurn(run)) await forgetDue(table, [{ target: id }]);
    return null;
  }
  return look(table, collector, target, policy, picture);
}

function count(
  state: TargetState,
  counts: { observed: number; failed: number; wasWell: number; newlyFailed: number },
  { policy, now }: ProbeChunkOptions,
): void {
  const failed = state.failure !== undefined;
  const recent = isRecent(state, policy, now());
  counts[failed ? 'failed' : 'observed'] += 1;
  if (!failed || recent) counts.wasWell += 1;
  if (failed && recent) counts.newlyFailed += 1;
}

/** What has to be known of the monitor itself before a target is judged. One read of each, once per invocation. */
export async function readOccasion(table: Table): Promise<ProbeChunkOptions['occasion']> {
  const [monitor, baselines, acknowledgements] = await Promise.all([
    readTarget(table, MONITOR_TARGET),
    readBaselines(table),
    listAcknowledgements(table),
  ]);
  const impaired = monitor.ledger.some(
    ({ state, check }) => state === 'open' && check === 'monitor-impaired',
  );
  return { impaired, baseline: !baselines.has('endpoint'), source: 'endpoint', acknowledgements };
}
