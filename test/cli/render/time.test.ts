import { describe, expect, it } from 'vitest';
import { instantText, remainingSeconds, remainingText } from '../../../lib/cli/render/time.ts';

const now = new Date('2027-01-01T00:00:00.500Z');
const ending = (notAfter: string | null) => ({ notBefore: null, notAfter });

describe('remaining time for people', () => {
  it.each([
    ['2027-01-13T04:00:01Z', 'in 12 d 4 h'],
    ['2027-01-01T00:00:00Z', 'in 0 s'],
    ['2026-12-31T23:59:59Z', 'expired 1 s ago'],
    ['2026-12-28T00:00:00Z', 'expired 4 d ago'],
    ['9999-12-31T23:59:59Z', 'never expires'],
    [null, 'end unreadable'],
  ])('%s is %s', (notAfter, text) => {
    expect(remainingText(ending(notAfter), now)).toBe(text);
  });

  it('is in whole seconds for scripts, and null where there is no end', () => {
    expect(remainingSeconds(ending('2027-01-01T00:01:00Z'), now)).toBe(59);
    expect(remainingSeconds(ending('2026-12-31T23:59:59Z'), now)).toBe(-2);
    expect(remainingSeconds(ending('9999-12-31T23:59:59Z'), now)).toBeNull();
  });

  it('shows instants to the second, in UTC', () => {
    expect(instantText('2027-01-31T23:59:59Z')).toBe('2027-01-31 23:59:59 UTC');
    expect(instantText(null)).toBe('unreadable');
  });
});
