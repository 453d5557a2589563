import { describe, expect, it } from 'vitest';
import { addressesText } from '../../../lib/cli/render/addresses.ts';

describe('the addresses of a chain', () => {
  const some = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${index}`);

  it('are named, up to four of them', () => {
    expect(addressesText({ addresses: some(4), addressCount: 4 })).toBe(
      '192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3',
    );
    expect(addressesText({ addresses: some(64), addressCount: 64 })).toMatch(/192\.0\.2\.3 and 60 more$/);
    expect(addressesText({ addresses: some(2), addressCount: 5 })).toBe('192.0.2.0, 192.0.2.1 and 3 more');
  });
});
