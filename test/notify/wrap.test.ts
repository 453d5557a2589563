import { describe, expect, it } from 'vitest';
import { wrap } from '../../lib/notify/wrap.ts';

describe('wrapping a sentence', () => {
  it('leaves what fits alone', () => {
    expect(wrap('as it is', 8)).toEqual(['as it is']);
    expect(wrap('a  b', Number.POSITIVE_INFINITY)).toEqual(['a  b']);
  });

  it('breaks at spaces only, within the width', () => {
    expect(wrap('replace it now: clients refuse it', 12)).toEqual([
      'replace it',
      'now: clients',
      'refuse it',
    ]);
  });

  it('keeps a word that is too long whole', () => {
    expect(wrap('see CN=Demo,O=A-very-long-name then', 10)).toEqual([
      'see',
      'CN=Demo,O=A-very-long-name',
      'then',
    ]);
  });

  it('loses nothing where there is no room at all', () => {
    expect(wrap('a b c', 0)).toEqual(['a', 'b', 'c']);
    expect(wrap('', -5)).toEqual(['']);
  });
});
