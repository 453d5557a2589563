import { MAX_INPUT, mutateBytes, mutateLines } from './mutate-bytes.ts';
import { mutateTree } from './mutate-tree.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** One in so many inputs is fresh from the grammar; the others are made of what led somewhere before. */
const FRESH = 4;

/** The next input: as the grammar has it, or a changed one from the corpus, or both. */
export function nextInput(target: Target, random: Random, corpus: readonly Buffer[]): Buffer {
  const begin =
    corpus.length === 0 || random.once(FRESH) ? target.generate(random) : smallOne(random, corpus);
  if (random.once(8)) return begin;
  let input = begin;
  do {
    const other = corpus.length > 0 && random.once(2) ? random.pick(corpus) : begin;
    const next = mutate(target, random, input, other);
    if (next.length <= MAX_INPUT) input = next;
  } while (random.once(3));
  return input;
}

/** Of two the smaller: large ones take time, and seldom show more. */
function smallOne(random: Random, corpus: readonly Buffer[]): Buffer {
  const [one, two] = [random.pick(corpus), random.pick(corpus)];
  return one.length < two.length ? one : two;
}

function mutate({ shape }: Target, random: Random, input: Buffer, other: Buffer): Buffer {
  if (shape === 'octets' || random.once(3)) return mutateBytes(random, input, other);
  return shape === 'der' ? mutateTree(random, input, other) : mutateLines(random, input, other);
}
