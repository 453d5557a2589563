import { growTree } from './mutate-tree.ts';
import { Random } from './random.ts';
import type { Failure, Target } from './target.ts';

// A hundred times what the readers need: a collection of garbage must not look like a slow reader.
const FLOOR_MS = 20;
const PER_OCTET_MS = 0.005;
const TRIES = 4;

/** Whether reading takes longer than any reader should for so many octets. */
export function costFailure(target: Target, bytes: Buffer): Failure | null {
  const most = FLOOR_MS + bytes.length * PER_OCTET_MS;
  if (elapsed(target, bytes) <= most) return null;
  const best = leastElapsed(target, bytes);
  if (best <= most) return null;
  return { kind: 'slow', message: `${best.toFixed(0)} ms for ${bytes.length} octets` };
}

const SMALLEST = 32_768;
const TIMES = 8;
// Linear is 8 and 2; what is quadratic comes to 64 and 4.
const MOST_TIMES = 24;
const MOST_TIMES_AT_LAST = 3;
// What looks like more than this is measured well.
const DOUBTFUL_TIMES = 12;
// Below this, a collection of garbage decides.
const WORTH_JUDGING_MS = 25;
const CONFIRMATIONS = 1;

/** How many ways to grow an input are told apart. */
export const GROWTHS = 64;

/**
 * Repeats a part of the input, 32 KB of it and eight times as much, and compares what that costs.
 *
 * @param way Which part, below `GROWTHS`.
 */
export function growthFailure(target: Target, bytes: Buffer, way: number): Failure | null {
  const random = new Random(`grow ${way}`);
  const grow = target.shape === 'der' ? growTree(random, bytes) : growSlice(random, bytes);
  const first = elapsed(target, grow(SMALLEST * TIMES));
  const small = Math.min(elapsed(target, grow(SMALLEST)), elapsed(target, grow(SMALLEST)));
  if (first < WORTH_JUDGING_MS || first < DOUBTFUL_TIMES * small) return null;
  let costs: readonly number[] = [];
  for (let look = 0; look <= CONFIRMATIONS; look++) {
    costs = [1, 2, 4, TIMES].map((times) => leastElapsed(target, grow(SMALLEST * times)));
    const [small = 0, , half = 0, large = 0] = costs;
    const isLinear = large < MOST_TIMES * small || large < MOST_TIMES_AT_LAST * half;
    if (isLinear || large < WORTH_JUDGING_MS) return null;
  }
  const told = costs.map((ms) => ms.toFixed(1)).join(', ');
  return {
    kind: 'superlinear',
    message: `${told} ms for once, twice, 4 and 8 times ${SMALLEST} octets more (way ${way})`,
  };
}

function growSlice(random: Random, bytes: Buffer): (octets: number) => Buffer {
  const start = random.below(bytes.length + 1);
  const length = random.between(1, random.pick([1, 4, 16, 64, 1024]));
  const piece = bytes.length === 0 ? Buffer.of(0x2d) : bytes.subarray(start, start + length);
  return (octets) =>
    Buffer.concat([
      bytes.subarray(0, start),
      Buffer.alloc(octets, piece.length === 0 ? 0 : piece),
      bytes.subarray(start),
    ]);
}

function leastElapsed(target: Target, bytes: Buffer): number {
  return Math.min(...Array.from({ length: TRIES }, () => elapsed(target, bytes)));
}

/** Milliseconds of this thread alone, whoever else is at work on the machine. */
function elapsed({ read }: Target, bytes: Buffer): number {
  const start = process.threadCpuUsage();
  try {
    read(bytes);
  } catch {
    // What it may throw is judged elsewhere.
  }
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1_000;
}
