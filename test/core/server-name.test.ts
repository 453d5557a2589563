import { describe, expect, it } from 'vitest';
import { coversName } from '../../lib/core/server-name.ts';

const dns = (...values: string[]) => values.map((value) => ({ type: 'dns' as const, value }));
const ip = (...values: string[]) => values.map((value) => ({ type: 'ip' as const, value }));

describe('a wildcard', () => {
  it.each([
    ['x.a.b', true],
    ['X.A.B', true],
    ['x.a.b.', true],
    ['a.b', false],
    ['x.y.a.b', false],
    ['.a.b', false],
    ['xa.b', false],
    ['*.a.b', false],
  ])('*.a.b against %s: %s', (name, covered) => {
    expect(coversName(dns('*.a.b'), name)).toBe(covered);
  });

  it.each(['*', '*.com', 'x*.a.b', '*x.a.b', 'y.*.b', '*.*.b'])('%s covers nothing', (pattern) => {
    expect(coversName(dns(pattern), 'x.a.b')).toBe(false);
    expect(coversName(dns(pattern), 'x.com')).toBe(false);
  });

  it('covers no address', () => {
    expect(coversName(dns('*.2.3.4'), '1.2.3.4')).toBe(false);
  });
});

describe('a plain name', () => {
  it('is compared whole, without case, with or without the final dot', () => {
    expect(coversName(dns('Api.Example.com.'), 'api.example.com')).toBe(true);
    expect(coversName(dns('example.com'), 'api.example.com')).toBe(false);
    expect(coversName(dns('xn--mnchen-3ya.example'), 'xn--mnchen-3ya.example')).toBe(true);
  });
});

describe('an address', () => {
  it('is covered by iPAddress entries only', () => {
    expect(coversName(ip('192.0.2.1'), '192.0.2.1')).toBe(true);
    expect(coversName(dns('192.0.2.1'), '192.0.2.1')).toBe(false);
    expect(coversName([{ type: 'uri', value: '192.0.2.1' }], '192.0.2.1')).toBe(false);
  });

  it.each([
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:DB8::A', '2001:db8:0:0:0:0:0:a'],
    ['2001:0db8:0000::a', '2001:db8::a'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is %s', (a, b) => {
    expect(coversName(ip(a), b)).toBe(true);
  });

  it('differs where it differs', () => {
    expect(coversName(ip('::1'), '::2')).toBe(false);
    expect(coversName(ip('1::'), '::1')).toBe(false);
  });
});
