import type { Acknowledgement } from '../core/acknowledgement.ts';
import { decide, plainOccasion } from '../core/decide.ts';
import type { Finding } from '../core/finding.ts';
import { impairmentOf, isRecovered, MONITOR_TARGET } from '../core/impairment.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { Policy } from '../core/policy.ts';
import type { Run, SourceHealth } from '../core/run.ts';
import { sourceFailing, sourceTarget } from '../core/source-failing.ts';
import type { TargetState } from '../core/state.ts';
import type { Channel } from '../notify/channel.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import { type DueNote, type DueTarget, forgetNotes, listDue } from '../store/due.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { sumRunChunks } from '../store/run-chunks.ts';
import { latestRuns, putRun } from '../store/runs.ts';
import { getSource, listSources, putSource } from '../store/sources.ts';
import { readStates, targetsForAttention } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { getTarget, listTargets } from '../store/targets.ts';
import { type Delivery, deliver } from './deliver.ts';
import { beginRun } from './dispatch.ts';
import { ATTENTION, type CollectMessage, isOutOfTurn } from './messages.ts';
import { type Queues, sendCollects, sendProbes } from './queues.ts';
import { closeFindings } from './retire-sources.ts';
import { sourceOfTarget } from './source-of-target.ts';

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

/** How long targets that were asked for out of turn may wait in a queue. */
const PATIENCE_MS = 15 * 60_000;

/** The sources in the cloud are listed every six hours. */
const COLLECT_INTERVAL_MS = 6 * 3_600_000;

/** A listing that was asked for a moment ago is on its way. */
const COLLECT_PAUSE_MS = 15 * 60_000;

/** Runs that can be under way at once: a few classes, and those that were asked for out of turn. */
const OPEN_RUNS = 200;

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

async function askForAttention(
  { table, queues }: EvaluateOptions,
  at: Date,
): Promise<Pick<Evaluated, 'asked' | 'stranded'>> {
  const noted = await openNotes(table, at);
  const sources = new Set<string>();
  async function* endpoints(): AsyncGenerator<DueTarget> {
    const seen = new Set<string>();
    for await (const due of targetsForAttention(table, at)) {
      const source = sourceOfTarget(due.target);
      if (source !== undefined) sources.add(source);
      else if (due.target.startsWith('endpoint:') && !seen.has(due.target)) {
        seen.add(due.target);
        yield due;
      }
    }
    for (const due of noted) if (!seen.has(due.target)) yield due;
  }
  const startedAt = toInstant(at);
  const deadline = toInstant(new Date(at.getTime() + PATIENCE_MS));
  const run = { run: `${ATTENTION}${startedAt}`, startedAt, deadline };
  const sent = await sendProbes(queues, endpoints(), run);
  if (sent.targets > 0) await beginRun(table, run, sent);
  return { asked: sent.targets + (await askSources(table, queues, sources, at)), stranded: sent.stranded };
}

/** A note that is older than this may be of a target that is not watched any more. */
const NOTE_CHECKED_AFTER_MS = 3_600_000;

/**
 * What was noted and not looked at since. A message may be lost or come too late, and nothing else names a target that was
 * never looked at: the note stays until it is answered, and is handed on with every pulse until then.
 */
async function openNotes(table: Table, now: Date): Promise<readonly DueTarget[]> {
  const notes: DueNote[] = [];
  for await (const note of listDue(table)) notes.push(note);
  const states = await readStates(
    table,
    notes.map(({ target }) => target),
  );
  const isAnswered = ({ target, at }: DueNote) => {
    const state = states.get(target);
    return state !== undefined && state.observedAt >= at;
  };
  const open = notes.filter((note) => !isAnswered(note));
  const old = open.filter(({ at }) => now.getTime() - Date.parse(at) > NOTE_CHECKED_AFTER_MS);
  const nobodys: DueNote[] = [];
  for (const note of old) {
    const record = await getTarget(table, note.target);
    if (record === undefined || record.withdrawnAt !== undefined) nobodys.push(note);
  }
  await forgetNotes(table, [...notes.filter(isAnswered), ...nobodys]);
  return open.filter((note) => !nobodys.includes(note));
}

async function askSources(
  table: Table,
  queues: Queues,
  sources: ReadonlySet<string>,
  at: Date,
): Promise<number> {
  const messages: CollectMessage[] = [];
  for (const id of sources) {
    const health = await getSource(table, id);
    if (health !== undefined && at.getTime() - Date.parse(health.lastRunAt) < COLLECT_PAUSE_MS) continue;
    const [source, account = '', region = ''] = id.split('/');
    const deadline = toInstant(new Date(at.getTime() + PATIENCE_MS));
    if (source !== 'acm' && source !== 'apigateway') continue;
    messages.push({ v: 1, run: `attention-${toInstant(at)}`, source, account, region, deadline });
  }
  await sendCollects(queues, messages);
  return messages.length;
}

/** Runs of which every message was dealt with, or that are given up. Each is written once. */
async function completeRuns({ table }: EvaluateOptions, at: Date): Promise<CompletedRun[]> {
  const completed: CompletedRun[] = [];
  for (const run of await latestRuns(table, OPEN_RUNS)) {
    if (run.finishedAt !== null || run.chunks === undefined) continue;
    const { chunks, observed, failed, wasWell, newlyFailed, dropped } = await sumRunChunks(table, run.id);
    const isOver = run.deadline !== undefined && Date.parse(run.deadline) < at.getTime();
    if (chunks < run.chunks && !isOver) continue;
    const ended: Run = { ...run, observed, failed, finishedAt: toInstant(at) };
    await putRun(table, ended);
    completed.push({ ...ended, whole: chunks >= run.chunks && dropped === 0, wasWell, newlyFailed });
  }
  return completed;
}

interface CompletedRun extends Run {
  /** Every message of it was dealt with in time. */
  readonly whole: boolean;
  readonly wasWell: number;
  readonly newlyFailed: number;
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

/** From the first run on that saw most of what it looked at, findings at endpoints are news. */
async function endFirstDay({ table }: EvaluateOptions, completed: readonly CompletedRun[]): Promise<void> {
  const [run] = completed.filter(({ whole, observed, failed }) => whole && observed > failed);
  if (run === undefined) return;
  const before = await getSource(table, 'endpoint');
  if (before !== undefined && before.firstCompleteAt !== null && before.lastRunAt >= run.startedAt) return;
  await putSource(table, {
    source: 'endpoint',
    lastRunAt: run.startedAt,
    lastSuccessAt: run.startedAt,
    firstCompleteAt: before?.firstCompleteAt ?? run.startedAt,
    listed: run.targets,
    parsed: run.observed,
    skipped: run.targets - run.observed - run.failed,
    denied: run.failed,
  });
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
