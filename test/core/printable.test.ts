import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeForTerminal } from '../../lib/core/printable.ts';
import { safeJson } from '../../lib/notify/safe-json.ts';

/** Everything a terminal may obey or reorder by, or show as nothing. */
const COMMANDING = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

describe('text from outside in a terminal', () => {
  it.each([
    ['plain text', 'CN=api.example.com, O=Acme (prod)', 'CN=api.example.com, O=Acme (prod)'],
    ['letters of any script', 'CN=münchen 東京 😀', 'CN=münchen 東京 😀'],
    ['an escape sequence', 'a\u001b[31mb', 'a\\u{1b}[31mb'],
    ['an 8-bit escape (C1)', 'a\u009b31mb', 'a\\u{9b}31mb'],
    ['NUL, line ends and DEL', 'a\0b\r\nc\u007f', 'a\\u{0}b\\u{d}\\u{a}c\\u{7f}'],
    ['a bidirectional override', 'gpj\u202eexe', 'gpj\\u{202e}exe'],
    ['zero-width characters', 'a\u200bb\ufeffc\u115fd', 'a\\u{200b}b\\u{feff}c\\u{115f}d'],
    ['line separators and odd spaces', 'a\u2028b\u2029c\u00a0d', 'a\\u{2028}b\\u{2029}c\\u{a0}d'],
    ['an unpaired surrogate', 'a\ud800b', 'a\\u{d800}b'],
  ])('shows %s', (_what, text, shown) => {
    expect(escapeForTerminal(text)).toBe(shown);
  });

  it('cuts a field after 256 characters and says so', () => {
    expect(escapeForTerminal('x'.repeat(256))).toBe('x'.repeat(256));
    expect(escapeForTerminal('x'.repeat(257))).toBe(`${'x'.repeat(256)}…`);
    expect(escapeForTerminal('😀'.repeat(300))).toBe(`${'😀'.repeat(256)}…`);
  });

  it('never lets through what a terminal could obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeForTerminal(text)).not.toMatch(COMMANDING);
      }),
    );
  });
});

describe('JSON in a terminal', () => {
  it('escapes what JSON.stringify leaves alone', () => {
    expect(safeJson({ subject: 'a\u009b\u007f\u2028\u202eb\u{e0001}' })).toBe(
      '{"subject":"a\\u009b\\u007f\\u2028\\u202eb\\udb40\\udc01"}',
    );
  });

  it('is one line of JSON for the same value, with nothing a terminal could obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = safeJson([text]);
        expect(JSON.parse(json)).toEqual([text]);
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      }),
    );
  });
});
