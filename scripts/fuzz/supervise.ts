import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Death, runWorker } from './death.ts';
import type { Progress, Report } from './messages.ts';
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
  readonly target: string;
  readonly seed: string;
  readonly seconds: number;
  readonly runs: number;
  readonly corpus: readonly Buffer[];
  /** Only read the corpus, and grow it in every way. */
  readonly replay?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/** Fuzzes one target in a process of its own, which is started again when an input ends it. */
export async function supervise(job: Job): Promise<Outcome> {
  const journal = join(mkdtempSync(join(tmpdir(), 'notafter-fuzz-')), 'journal');
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1_000;
  const findings: Finding[] = [];
  const corpus = job.corpus.map((input) => input.toString('base64'));
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
    for (let restart = 0; restart <= MOST_RESTARTS; restart++) {
      const death = await runWorker(
        {
          target: job.target,
          seed: restart === 0 ? job.seed : `${job.seed} ${restart}`,
          journal,
          corpus,
          known: findings.map(({ failure }) => keyOf(failure)),
          until: { ms: (job.seconds - seconds()) * 1_000, runs: job.runs - soFar.runs },
          replay: job.replay ?? false,
        },
        listener(soFar),
      );
      if (death === null) break;
      if (findings.every(({ failure }) => keyOf(failure) !== keyOf(death.failure))) {
        add(death.failure, await smallestDeath(job.target, journal, death));
      }
      if (job.replay) break;
    }
  } finally {
    rmSync(join(journal, '..'), { recursive: true });
  }
  return { ...soFar, seconds: seconds(), findings, missed };
}

/** Every attempt takes a process. */
async function smallestDeath(target: string, journal: string, { failure, input }: Death): Promise<Buffer> {
  const start = performance.now();
  const dies = async (candidate: Buffer): Promise<boolean> => {
    const assignment = {
      target,
      seed: '',
      journal,
      corpus: [candidate.toString('base64')],
      known: [],
      until: { ms: 1_000, runs: 1 },
      replay: false,
    };
    const death = await runWorker(assignment, () => undefined);
    return death !== null && keyOf(death.failure) === keyOf(failure);
  };
  return minimise(input, dies, () => performance.now() < start + MINIMISING_MS);
}
