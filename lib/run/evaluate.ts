import type { Acknowledgement } from '../core/acknowledgement.ts';
import { decide } from '../core/decide.ts';
import type { Finding } from '../core/finding.ts';
import { impairmentOf, isRecovered, MONITOR_TARGET } from '../core/impairment.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { plainOccasion } from '../core/occasion.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { Policy } from '../core/policy.ts';
import type { Run, SourceHealth } from '../core/run.ts';
import { sourceFailing, sourceTarget } from '../core/source-failing.ts';
import type { TargetState } from '../core/state.ts';
import type { Channel } from '../notify/channel.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import type { DueTarget } from '../store/due.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { getSource, listSources } from '../store/sources.ts';
import { readStates } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { listTargets } from '../store/targets.ts';
import { askForAttention } from './ask-for-attention.ts';
import { type CompletedRun, completeRuns, endFirstDay } from './complete-runs.ts';
import { type Delivery, deliver } from './deliver.ts';
import { isOutOfTurn } from './messages.ts';
import type { Queues } from './queues.ts';
import { closeFindings } from './retire-sources.ts';

export interface EvaluateOptions {
  readonly table: Table;
  readonly queues: Queues;
  readonly channels: readonly Channel[];
  readonly policy: Policy;
  readonly now: () => Date;
  /** Throws where another evaluation may be at work. */
  readonly fence: () => void;
}

export interface Evaluated extends Delivery {
  /** Targets and sources that were asked to be looked at again. */
  readonly asked: number;
  /** Targets of networks that the deployment does not have: nothing can look at them. */
  readonly stranded: readonly DueTarget[];
  /** Runs that ended since the last evaluation. */
  readonly completed: readonly Run[];
  readonly sources: readonly SourceHealth[];
  /** Sources that have not succeeded for two rounds. */
  readonly failing: readonly string[];
  /** Why targets could not be asked for: everything else was done. */
  readonly trouble?: Error;
}

/** The sources in the cloud are listed every six hours. */
const COLLECT_INTERVAL_MS = 6 * 3_600_000;

/**
 * The pulse of a deployed monitor: has looked at what a rung, a confirmation or a retry asks for, ends runs, judges the
 * monitor itself, and says what is to be said. Asks indexes for what is due, never the whole table.
 */
export async function evaluateAll(options: EvaluateOptions): Promise<Evaluated> {
  const { table, now } = options;
  const at = now();
  let trouble: Error | undefined;
  // A queue that refuses must not keep back what is to be said.
  const { asked, stranded } = await askForAttention(options, at).catch((error: Error) => {
    trouble = error;
    return { asked: 0, stranded: [] };
  });
  const completed = await completeRuns(options, at);
  const judging: Judging = { ...options, acknowledgements: await listAcknowledgements(table) };
  const decided = await judgeMonitor(judging, completed);
  await endFirstDay(options, completed);
  const sources = await listSources(table);
  const failing: string[] = [];
  for (const health of sources.filter(({ source }) => source.includes('/'))) {
    const finding = sourceFailing(health, COLLECT_INTERVAL_MS, at);
    if (finding !== null) failing.push(health.source);
    const complete = health.failure === undefined && health.lastSuccessAt !== undefined;
    const changed = await decideOn(judging, sourceTarget(health.source), finding, complete);
    decided.push(...changed);
    // It was taken off the list while it was judged: nobody would ever close what was found.
    const isGone = changed.length > 0 && (await getSource(table, health.source)) === undefined;
    if (isGone) await closeFindings(table, sourceTarget(health.source), { now: at, policy: options.policy });
  }
  const delivery = await deliver(table, decided, {
    channels: options.channels,
    channelsComplete: true,
    isComplete: (id) =>
      sources.some(({ source, firstCompleteAt }) => source === id && firstCompleteAt !== null),
    runId: `evaluate-${at.toISOString()}`,
    now: at,
    fence: options.fence,
  });
  return {
    ...delivery,
    asked,
    stranded,
    completed,
    sources,
    failing,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

interface Judging extends EvaluateOptions {
  readonly acknowledgements: readonly Acknowledgement[];
}

/** By a run that says enough: too few targets prove nothing either way. */
async function judgeMonitor(options: Judging, completed: readonly CompletedRun[]): Promise<LedgerEntry[]> {
  const { table, policy } = options;
  // Runs out of turn consist of what just failed: they say nothing about the rest.
  const telling = completed.filter(
    ({ id, wasWell }) => !isOutOfTurn(id) && wasWell >= policy.impairedAtLeast,
  );
  const [finding = null] = telling.map((run) => impairmentOf(run, policy)).filter((found) => found !== null);
  const { ledger } = await readTarget(table, MONITOR_TARGET);
  const isOpen = ledger.some(({ state }) => state === 'open');
  if (finding === null && (!isOpen || completed.every(({ id }) => isOutOfTurn(id)))) return [];
  // One class of targets that is well proves nothing about another: all are asked, as long as this is open.
  const isOver = finding === null && isRecovered(await endpointStates(table), policy);
  return decideOn(options, MONITOR_TARGET, finding, isOver);
}

async function endpointStates(table: Table): Promise<readonly TargetState[]> {
  const ids: string[] = [];
  for await (const { target, withdrawnAt } of listTargets(table, { kind: 'endpoint' }))
    if (withdrawnAt === undefined) ids.push(target.id);
  return [...(await readStates(table, ids)).values()];
}

async function decideOn(
  { table, policy, now, acknowledgements }: Judging,
  target: string,
  finding: Finding | null,
  complete: boolean,
): Promise<LedgerEntry[]> {
  const { ledger } = await readTarget(table, target);
  const changed = decide(ledger, finding === null ? [] : [finding], {
    ...plainOccasion(target, null, { now: now(), policy }),
    acknowledgements,
    complete,
    outcome: (entry) => outcomeOf(entry, null, () => undefined),
  });
  const { lost } = await saveLedger(table, changed);
  return changed.filter((entry) => !lost.includes(entry));
}
