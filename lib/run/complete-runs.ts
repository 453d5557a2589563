import { toInstant } from '../core/instant.ts';
import type { Run } from '../core/run.ts';
import { sumRunChunks } from '../store/run-chunks.ts';
import { latestRuns, putRun } from '../store/runs.ts';
import { getSource, putSource } from '../store/sources.ts';
import type { EvaluateOptions } from './evaluate.ts';

/** Runs that can be under way at once: a few classes, and those that were asked for out of turn. */
const OPEN_RUNS = 200;

/** Runs of which every message was dealt with, or that are given up. Each is written once. */
export async function completeRuns({ table }: EvaluateOptions, at: Date): Promise<CompletedRun[]> {
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

export interface CompletedRun extends Run {
  /** Every message of it was dealt with in time. */
  readonly whole: boolean;
  readonly wasWell: number;
  readonly newlyFailed: number;
}

/** From the first run on that saw most of what it looked at, findings at endpoints are news. */
export async function endFirstDay(
  { table }: EvaluateOptions,
  completed: readonly CompletedRun[],
): Promise<void> {
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
