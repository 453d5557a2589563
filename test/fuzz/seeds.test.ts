import { describe, expect, test } from 'vitest';
import { nextInput } from '../../scripts/fuzz/inputs.ts';
import { Random } from '../../scripts/fuzz/random.ts';
import { judge } from '../../scripts/fuzz/target.ts';
import { TARGETS } from '../../scripts/fuzz/targets.ts';
import { SEEDS } from './seeds.ts';

describe('readers of hostile bytes', () => {
  test.each(SEEDS)('have learned of $target: $why', ({ target: name, hex }) => {
    const target = TARGETS.find((each) => each.name === name);
    if (target === undefined) throw new Error(`there is no target ${name}`);
    expect(judge(target, Buffer.from(hex, 'hex'))).toBeNull();
  });

  test.each(TARGETS.map((target) => [target.name, target] as const))(
    'read what is nearly right: %s',
    (_, target) => {
      const random = new Random('smoke');
      const corpus = Array.from({ length: 20 }, () => target.generate(random));
      for (let run = 0; run < 100; run++) {
        const input = nextInput(target, random, corpus);
        const failure = judge(target, input);
        expect(failure && { ...failure, hex: input.toString('hex') }).toBeNull();
      }
    },
  );
});
