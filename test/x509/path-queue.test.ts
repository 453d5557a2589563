import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathQueue } from '../../lib/x509/path-queue.ts';

test('a queue gives out first what comes before all others, whenever it was put in', () => {
  void fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 50 }))), (operations) => {
      const queue = new PathQueue<number>((a, b) => a < b);
      const model: number[] = [];
      for (const number of operations) {
        if (number === null) expect(queue.take()).toBe(model.shift());
        else {
          queue.put(number);
          model.push(number);
          model.sort((a, b) => a - b);
        }
      }
      for (const number of [...model, undefined]) expect(queue.take()).toBe(number);
    }),
  );
});
