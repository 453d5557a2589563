import { describe, expect, test } from 'vitest';
import { growthFailure } from '../../scripts/fuzz/cost.ts';
import { encode, leaf, parse, sequence } from '../../scripts/fuzz/der-tree.ts';
import { minimise } from '../../scripts/fuzz/minimise.ts';
import { type Job, supervise } from '../../scripts/fuzz/supervise.ts';
import { judge, type Target } from '../../scripts/fuzz/target.ts';
import { TARGETS } from './broken-targets.ts';

const fuzz = (target: string, job: Partial<Job> = {}) =>
  supervise({
    table: import.meta.resolve('./broken-targets.ts'),
    target,
    seed: '1',
    seconds: 20,
    runs: 1_000,
    corpus: [],
    hangsAfterMs: 5_000,
    ...job,
  });

const targetOf = (name: string): Target => TARGETS.find((target) => target.name === name) as Target;

describe('fuzzing', () => {
  test('follows what it has not seen yet, and makes what it finds small', async () => {
    const { findings } = await fuzz('guarded', { seed: '2', runs: 2_000 });
    expect(findings).toMatchObject([{ failure: { kind: 'throws' }, input: Buffer.from('3080ff', 'hex') }]);
  });

  test.each(['unstable', 'changes'])('finds a reader that is not the same twice: %s', (name) => {
    expect(judge(targetOf(name), Buffer.from('U'))?.kind).toBe('unstable');
  });

  test('finds cost that grows faster than the input', () => {
    expect(growthFailure(targetOf('quadratic'), Buffer.from('U'), 0)?.kind).toBe('superlinear');
    expect(growthFailure(targetOf('throws'), Buffer.from('U'), 0)).toBeNull();
  });

  test.each([
    ['hangs', 'hang', 1_000],
    ['hoards', 'crash', 20_000],
  ])('survives a reader that %s, and has the input', async (target, kind, hangsAfterMs) => {
    const { findings } = await fuzz(target, { corpus: [Buffer.from('U')], runs: 1, hangsAfterMs });
    expect(findings).toMatchObject([{ failure: { kind }, input: Buffer.from('U') }]);
  });

  test('makes the same inputs of the same seed', async () => {
    const [one, two] = [await fuzz('throws', { runs: 500 }), await fuzz('throws', { runs: 500 })];
    expect({ ...one, seconds: 0 }).toEqual({ ...two, seconds: 0 });
  });
});

test('what is taken apart and put together again is the same', () => {
  for (const hex of [
    '30800201010000',
    '308400000003020101',
    '0482000130',
    '3003020100ff',
    '1f8101',
    '3080',
    '',
  ]) {
    expect(Buffer.concat(parse(Buffer.from(hex, 'hex')).map(encode)).toString('hex')).toBe(hex);
  }
});

test('lengths follow when an element is left out', async () => {
  const input = encode(
    sequence(sequence(leaf(0x02, Buffer.of(1)), leaf(0x05, Buffer.alloc(0))), leaf(0x0c, 'x')),
  );
  const small = await minimise(
    input,
    (bytes) => bytes.includes(0x05) && parse(bytes).every(({ tag }) => tag === 0x30),
    () => true,
  );
  expect(small.toString('hex')).toBe('30020500');
});
