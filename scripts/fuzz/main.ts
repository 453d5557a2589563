/** `npm run fuzz`: see options.ts for what it does, CONTRIBUTING.md for how to add to it. */
import { relative } from 'node:path';
import { SEEDS } from '../../test/fuzz/seeds.ts';
import { load, save } from './findings.ts';
import type { Progress } from './messages.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { type Outcome, supervise } from './supervise.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) return print(HELP);
    if (options.list) return print(TARGETS.map(({ name }) => name).join('\n'));
    if (options.replay !== undefined) return await replay(options.replay);
    return await fuzz(chosen(options.targets), options);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

function print(text: string): number {
  console.log(text);
  return 0;
}

/** The target of this name, or every one whose name begins so. */
function chosen(names: readonly string[]): readonly Target[] {
  if (names.length === 0) return TARGETS;
  return names.flatMap((name) => {
    const exact = TARGETS.filter((target) => target.name === name);
    const found = exact.length > 0 ? exact : TARGETS.filter((target) => target.name.startsWith(name));
    if (found.length === 0) throw new Error(`${name}: no such target; --list lists them`);
    return found;
  });
}

async function fuzz(targets: readonly Target[], options: Options): Promise<number> {
  const { seed, runs } = options;
  const seconds = options.seconds / targets.length;
  console.log(`seed ${seed}, ${targets.length} targets, ${Number(seconds.toFixed(1))} s each\n`);
  row('target', 'runs', 'runs/s', 'corpus', 'blocks', 'found');
  const outcomes: Outcome[] = [];
  for (const { name } of targets) {
    const corpus = SEEDS.filter(({ target }) => target === name).map(({ hex }) => Buffer.from(hex, 'hex'));
    const outcome = await supervise({
      target: name,
      seed,
      seconds,
      runs,
      corpus,
      onProgress: (progress) => show(name, progress),
    });
    outcomes.push(outcome);
    tellOutcome(name, outcome, options.missed);
  }
  const found = outcomes.flatMap(({ findings }) => findings);
  for (const finding of found) console.log(`\n${save(finding)}`);
  return found.length > 0 ? 1 : 0;
}

function tellOutcome(name: string, outcome: Outcome, missed: boolean): void {
  const { runs, seconds, corpus, blocks, findings } = outcome;
  clearLine();
  row(
    name,
    `${runs}`,
    (runs / seconds).toFixed(0),
    `${corpus}`,
    `${blocks.ran}/${blocks.known}`,
    `${findings.length}`,
  );
  if (missed) for (const place of outcome.missed) console.log(`    ${relative('', place)}`);
}

async function replay(file: string): Promise<number> {
  const { target, input } = load(file);
  const [{ name }] = chosen([target]) as [Target];
  const { findings } = await supervise({
    target: name,
    seed: '',
    seconds: 60,
    runs: 1,
    corpus: [input],
    replay: true,
  });
  for (const { failure } of findings) console.log(`${name}: ${failure.kind}: ${failure.message}`);
  if (findings.length === 0) console.log(`${name} reads these ${input.length} octets as it should`);
  return findings.length > 0 ? 1 : 0;
}

function row(...[name = '', ...figures]: readonly string[]): void {
  console.log(name.padEnd(22) + figures.map((figure) => figure.padStart(10)).join(''));
}

/** One line that is written over and over; only where somebody looks. */
function show(name: string, { runs, corpus, blocks }: Progress): void {
  if (process.stdout.isTTY) {
    process.stdout.write(`\r${name}: ${runs} runs, corpus ${corpus}, blocks ${blocks.ran}/${blocks.known}`);
  }
}

function clearLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
}
