import { describe, expect, it } from 'vitest';
import { addressOption, durationOption, integerOption } from '../../lib/cli/options.ts';

describe('an address with an optional port', () => {
  const parse = addressOption(53);

  it.each([
    ['192.0.2.53', '192.0.2.53', 53],
    ['192.0.2.53:5353', '192.0.2.53', 5353],
    ['2001:db8::53', '2001:db8::53', 53],
    ['[2001:db8::53]', '2001:db8::53', 53],
    ['[2001:db8::53]:5353', '2001:db8::53', 5353],
  ])('%s', (text, address, port) => {
    expect(parse(text)).toEqual({ address, port });
  });

  it.each([
    '',
    'dns.example.com',
    '192.0.2.53:',
    '192.0.2.53:0',
    '192.0.2.53:99999',
    '[2001:db8::53',
    '1.2.3',
  ])('refuses "%s" with an example', (text) => {
    expect(() => parse(text)).toThrow('such as 192.0.2.53:53');
  });
});

describe('a number and a duration', () => {
  it('keeps to the bounds and names them', () => {
    const parse = integerOption(1, 100);
    expect(parse('100')).toBe(100);
    for (const text of ['0', '101', '1e1', '-1', '1.5', '', '99999999999']) {
      expect(() => parse(text)).toThrow('a whole number from 1 to 100');
    }
  });

  it('reads durations with their unit, and says so where it is missing', () => {
    const parse = durationOption({ minMs: 10_000, maxMs: 86_400_000, example: '90s' });
    expect(parse('10s')).toBe(10_000);
    expect(() => parse('10')).toThrow('"10" has no unit; wanted one such as 90s, from 10s to 1d.');
    expect(() => parse('a; b')).toThrow('"a; b" is not a duration; wanted one such as 90s, from 10s to 1d.');
    expect(() => parse('2d')).toThrow('between 10s and 1d');
  });
});
