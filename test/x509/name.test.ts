import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Name } from '../../lib/x509/name.ts';
import { name, tlv } from './forge.ts';
import { daysFromNow } from './hierarchy.ts';
import { newKey, quickMint } from './quick-mint.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** The string types that OpenSSL folds, NumericString, which it does not, and something that is no string. */
const value = fc
  .record({
    text: fc.constantFrom('a', 'A', ' a', 'a ', 'a  b', 'A\tB', 'a b', 'é', 'É', '', ' ', '1', '1 '),
    type: fc.constantFrom('utf8', 'printable', 'ia5', 'bmp', 'teletex', 'numeric', 'bits'),
  })
  .map(({ text, type }) => {
    switch (type) {
      case 'utf8':
        return tlv(0x0c, Buffer.from(text));
      case 'bmp':
        return tlv(0x1e, utf16(text));
      case 'teletex':
        return tlv(0x14, Buffer.from(text, 'latin1'));
      case 'printable':
        return tlv(0x13, Buffer.from(text.replace(/[éÉ]/g, 'e')));
      case 'ia5':
        return tlv(0x16, Buffer.from(text.replace(/[éÉ]/g, 'e')));
      case 'numeric':
        return tlv(0x12, Buffer.from(text.replace(/\D/g, '1')));
      default:
        return tlv(0x03, Buffer.of(0), Buffer.from(text));
    }
  });

const attribute = fc.tuple(fc.constantFrom('2.5.4.3', '2.5.4.10', '1.2.3.4'), value);
const anyName = fc
  .array(fc.array(attribute, { minLength: 1, maxLength: 2 }), { maxLength: 2 })
  .map((rdns) => name(...rdns));

describe('names', () => {
  test('are equal where OpenSSL holds them to be', () => {
    const key = newKey();
    const validity = { notBefore: daysFromNow(-1), notAfter: daysFromNow(1), keyIds: false };
    void fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        const issuer = quickMint({ ...validity, subject: { name: a, key }, issuer: { name: a, key } });
        const issued = quickMint({ ...validity, subject: { name: a, key }, issuer: { name: b, key } });
        expect(new Name(a).equals(new Name(b))).toBe(issued.checkIssued(issuer));
      }),
      { numRuns: 500 },
    );
  });

  test('are equal in spite of string type, case and spaces', () => {
    const acme = (tag: number, text: string): Name =>
      new Name(name([['2.5.4.10', tlv(tag, Buffer.from(text))]]));
    expect(acme(0x0c, ' Acme  Inc ').equals(acme(0x13, 'ACME inc'))).toBe(true);
    expect(acme(0x0c, 'Acme').equals(acme(0x0c, 'Acm'))).toBe(false);
  });
});
