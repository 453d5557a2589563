import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Death, runWorker } from './death.ts';
import type { Assignment, Progress, Report } from './messages.ts';
import { minimise } from './minimise.ts';
import { type Failure, keyOf } from './target.ts';

const MOST_RESTARTS = 10;
const MINIMISING_MS = 20_000;

/** A failure, and the smallest input that was found to show it. */
export interface Finding {
  readonly target: string;
  readonly failure: Failure;
  readonly input: Buffer;
}

export interface Outcome extends Progress {
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** `file:line` of the blocks that nothing reached. */
  readonly missed: readonly string[];
}

export interface Job {
  /** The URL of a module with the target's table. @default that of targets.ts */
  readonly table?: string;
  readonly target: string;
  readonly seed: string;
  readonly seconds: number;
  readonly runs: number;
  readonly corpus: readonly Buffer[];
  /** Only read the corpus, and grow it in every way. */
  readonly replay?: boolean;
  /** How long an input may take. @default 2000: the readers take milliseconds */
  readonly hangsAfterMs?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** Fuzzes one target in a process of its own, which is started again when an input ends it. */
export async function supervise(job: Job): Promise<Outcome> {
  const { table = import.meta.resolve('./targets.ts'), hangsAfterMs = 2_000 } = job;
  const journal = join(mkdtempSync(join(tmpdir(), 'notafter-fuzz-')), 'journal');
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1_000;
  const findings: Finding[] = [];
  let corpus = job.corpus.map((input) => input.toString('base64'));
  let soFar: Progress = { runs: 0, corpus: 0, blocks: { ran: 0, known: 0 } };
  let missed: readonly string[] = [];
  const add = (failure: Failure, input: Buffer) => void findings.push({ target: job.target, failure, input });
  const listener =
    ({ runs: before }: Progress) =>
    (report: Report) => {
      if (report.type === 'kept') corpus.push(report.input);
      if (report.type === 'failure') add(report.failure, Buffer.from(report.input, 'base64'));
      if (report.type === 'done') missed = report.missed;
      if (report.type !== 'progress' && report.type !== 'done') return;
      soFar = { ...report, runs: before + report.runs };
      job.onProgress?.(soFar);
    };
  try {
    for (let restart = 0; restart <= MOST_RESTARTS && soFar.runs < job.runs; restart++) {
      const death = await runWorker(
        {
          table,
          target: job.target,
          seed: restart === 0 ? job.seed : `${job.seed} ${restart}`,
          journal,
          corpus,
          known: findings.map(({ failure }) => keyOf(failure)),
          until: { ms: (job.seconds - seconds()) * 1_000, runs: job.runs - soFar.runs },
          replay: job.replay ?? false,
        },
        listener(soFar),
        hangsAfterMs,
      );
      if (death === null) break;
      // It counts as read, and is not read again.
      soFar = { ...soFar, runs: soFar.runs + 1 };
      corpus = corpus.filter((input) => input !== death.input.toString('base64'));
      if (findings.every(({ failure }) => keyOf(failure) !== keyOf(death.failure))) {
        const again = { table, target: job.target, journal, hangsAfterMs };
        add(death.failure, await smallestDeath(again, death));
      }
    }
  } finally {
    rmSync(join(journal, '..'), { recursive: true });
  }
  return { ...soFar, seconds: seconds(), findings, missed };
}

interface Again extends Pick<Assignment, 'table' | 'target' | 'journal'> {
  readonly hangsAfterMs: number;
}

/** Every attempt takes a process. */
async function smallestDeath({ hangsAfterMs, ...again }: Again, { failure, input }: Death): Promise<Buffer> {
  const start = performance.now();
  const dies = async (candidate: Buffer): Promise<boolean> => {
    const assignment = {
      ...again,
      seed: '',
      corpus: [candidate.toString('base64')],
      known: [],
      until: { ms: 1_000, runs: 1 },
      replay: false,
    };
    const death = await runWorker(assignment, () => undefined, hangsAfterMs);
    return death !== null && keyOf(death.failure) === keyOf(failure);
  };
  return minimise(input, dies, () => performance.now() < start + MINIMISING_MS);
}
