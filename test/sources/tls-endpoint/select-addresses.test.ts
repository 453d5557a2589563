import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectAddresses } from '../../../lib/sources/tls-endpoint/select-addresses.ts';

const v4 = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}`);
const v6 = (count: number) => Array.from({ length: count }, (_, index) => `2001:db8::${index + 1}`);

describe('the addresses that are probed', () => {
  test('are all of them, as the resolver gave them, up to the cap', () => {
    const all = [...v6(2), ...v4(2)].reverse();
    expect(selectAddresses(all, 4)).toEqual(all);
  });

  test('represent both families where some are left out', () => {
    const chosen = selectAddresses([...v4(40), ...v6(40)], 16);
    expect(chosen.filter((address) => address.includes(':'))).toHaveLength(8);
    expect(chosen).toHaveLength(16);
    expect(selectAddresses([...v4(40), ...v6(1)], 16)).toContain('2001:db8::1');
    expect(selectAddresses([...v6(40), ...v4(1)], 16)).toContain('192.0.2.1');
  });

  test('do not depend on the order in which a resolver rotates them', () => {
    const all = [...v4(30), ...v6(30)];
    const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 2, max: 70 }), (order, max) => {
        const chosen = selectAddresses(order, max);
        expect(chosen).toHaveLength(Math.min(max, all.length));
        expect([...chosen].sort()).toEqual([...selectAddresses(all, max)].sort());
      }),
    );
  });
});
