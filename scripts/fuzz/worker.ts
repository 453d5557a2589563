/** The process in which inputs are read: it may die of one. Started by supervise.ts, which tells it what to do. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { costFailure, GROWTHS, growthFailure } from './cost.ts';
import { Coverage } from './coverage.ts';
import { OWN_FAULT } from './death.ts';
import { nextInput } from './inputs.ts';
import { Journal } from './journal.ts';
import type { Assignment, Progress, Report } from './messages.ts';
import { minimise } from './minimise.ts';
import { Random } from './random.ts';
import { type Failure, judge, keyOf, type Target } from './target.ts';

// Few enough that most of them bring no news, many enough that asking costs little.
const BATCH = 48;
const GROWTH_EVERY_BATCHES = 16;
const PROGRESS_MS = 500;
const MINIMISING_MS = 5_000;
const DOUBTFUL_MS = 20;

class Fuzzing {
  readonly #assignment: Assignment;
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #journal: Journal;
  readonly #random: Random;
  readonly #known: Set<string>;
  readonly #corpus: Buffer[] = [];
  #runs = 0;

  constructor(assignment: Assignment, target: Target, coverage: Coverage, journal: Journal) {
    this.#journal = journal;
    this.#assignment = assignment;
    this.#target = target;
    this.#coverage = coverage;
    this.#random = new Random(`${assignment.target} ${assignment.seed}`);
    this.#known = new Set(assignment.known);
  }

  async run(): Promise<void> {
    const { until, corpus, replay } = this.#assignment;
    const end = performance.now() + until.ms;
    let told = 0;
    let inputs: Buffer[] = corpus.map((input) => Buffer.from(input, 'base64'));
    for (const input of replay ? inputs : []) for (let way = 0; way < GROWTHS; way++) this.#grow(input, way);
    for (let batch = 0; this.#runs < until.runs && performance.now() < end; batch++) {
      if (batch > 0)
        inputs = Array.from({ length: BATCH }, () => nextInput(this.#target, this.#random, this.#corpus));
      for (const input of inputs) await this.#try(input);
      this.#runs += inputs.length;
      await this.#keepNews(inputs);
      if (batch % GROWTH_EVERY_BATCHES === 1) this.#tryToGrow();
      if (performance.now() < told + PROGRESS_MS) continue;
      told = performance.now();
      tell({ type: 'progress', ...this.#progress });
      // Messages leave when the event loop turns, and only then.
      await turn();
    }
    tell({ type: 'done', ...this.#progress, missed: this.#coverage.missed });
  }

  get #progress(): Progress {
    return { runs: this.#runs, corpus: this.#corpus.length, blocks: this.#coverage.total };
  }

  async #try(input: Buffer): Promise<void> {
    const start = performance.now();
    const judged = judge(this.#target, input);
    // Looked at more closely only where something took its time, whoever it was.
    const failure =
      judged ?? (performance.now() < start + DOUBTFUL_MS ? null : costFailure(this.#target, input));
    this.#journal.rest();
    if (failure === null || this.#isKnown(failure)) return;
    const began = performance.now();
    const smallest = await minimise(
      input,
      (candidate) => this.#failsAlike(failure, candidate),
      () => performance.now() < began + MINIMISING_MS,
    );
    this.#journal.rest();
    tell({ type: 'failure', failure, input: smallest.toString('base64') });
  }

  #failsAlike(failure: Failure, candidate: Buffer): boolean {
    if (failure.kind === 'slow') return costFailure(this.#target, candidate) !== null;
    const found = judge(this.#target, candidate);
    return found !== null && keyOf(found) === keyOf(failure);
  }

  #tryToGrow(): void {
    const input =
      this.#corpus.length === 0 ? this.#target.generate(this.#random) : this.#random.pick(this.#corpus);
    this.#grow(input, this.#random.below(GROWTHS));
  }

  #grow(input: Buffer, way: number): void {
    const failure = growthFailure(this.#target, input, way);
    this.#journal.rest();
    if (failure === null || this.#isKnown(failure)) return;
    tell({ type: 'failure', failure, input: input.toString('base64') });
  }

  #isKnown(failure: Failure): boolean {
    const key = keyOf(failure);
    const isKnown = this.#known.has(key);
    this.#known.add(key);
    return isKnown;
  }

  /** Finds by halves which of them brought news, and keeps those. */
  async #keepNews(inputs: readonly Buffer[]): Promise<void> {
    const accept = await this.#coverage.news();
    if (accept === null) return;
    const [first] = inputs;
    if (inputs.length === 1 && first !== undefined) {
      this.#corpus.push(first);
      tell({ type: 'kept', input: first.toString('base64') });
    } else {
      const middle = Math.ceil(inputs.length / 2);
      for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
        for (const input of half) judge(this.#target, input);
        this.#journal.rest();
        await this.#keepNews(half);
      }
    }
    // What only all of them together brought about is not looked for again.
    accept();
  }
}

function tell(report: Report): void {
  process.send?.(report);
}

/** The readers remember what they have read. Here they do so within one call; what is returned makes them forget. */
async function shortMemory(): Promise<() => void> {
  const { BoundedMap } = await import('../../lib/x509/bounded-map.ts');
  const memory = new Map<object, Map<unknown, object | string | boolean>>();
  BoundedMap.prototype.get = function (key) {
    return memory.get(this)?.get(key);
  };
  BoundedMap.prototype.set = function (key, value) {
    memory.set(this, (memory.get(this) ?? new Map()).set(key, value));
  };
  return () => memory.clear();
}

async function work(assignment: Assignment): Promise<void> {
  const coverage = new Coverage();
  await coverage.start();
  const { TARGETS } = (await import(assignment.table)) as { readonly TARGETS: readonly Target[] };
  const target = TARGETS.find(({ name }) => name === assignment.target);
  if (target === undefined) throw new Error(`there is no target ${assignment.target}`);
  const forget = await shortMemory();
  coverage.watch(join(import.meta.dirname, '..', '..'), target.files);

  const journal = new Journal(assignment.journal, 'w');
  const read = (bytes: Buffer) => {
    journal.begin(bytes);
    forget();
    return target.read(bytes);
  };
  await new Fuzzing(assignment, { ...target, read }, coverage, journal).run();
  process.disconnect();
}

// Whoever asked is gone: nobody hears of it any more.
process.once('disconnect', () => process.exit());
process.once('message', (assignment: Assignment) => {
  work(assignment).catch((error: unknown) => {
    console.error(error);
    process.exit(OWN_FAULT);
  });
});
