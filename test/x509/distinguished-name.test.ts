import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DerError, readElement } from '../../lib/x509/der.ts';
import { escapeValue, formatName } from '../../lib/x509/distinguished-name.ts';
import { name, tlv, utf8 } from './forge.ts';

const CN = '2.5.4.3';
const O = '2.5.4.10';
const OU = '2.5.4.11';

function format(der: Buffer): string {
  return formatName(der, readElement(der));
}

describe('a name as an RFC 4514 string', () => {
  test('begins with the last RDN', () => {
    expect(format(name([[O, utf8('Acme')]], [[OU, utf8('API')]], [[CN, utf8('api.test')]]))).toBe(
      'CN=api.test,OU=API,O=Acme',
    );
  });

  test('joins the attributes of one RDN with +', () => {
    expect(
      format(
        name(
          [[O, utf8('Acme')]],
          [
            [CN, utf8('a')],
            [OU, utf8('b')],
          ],
        ),
      ),
    ).toBe('CN=a+OU=b,O=Acme');
  });

  test('is empty for an empty name', () => {
    expect(format(name())).toBe('');
  });

  test('leaves out an RDN that holds nothing', () => {
    expect(format(name([], [[CN, utf8('api.test')]], []))).toBe('CN=api.test');
  });

  test('writes a type without a short name as OID and hexadecimal', () => {
    expect(format(name([['1.2.3.4', utf8('hi')]]))).toBe('1.2.3.4=#0C026869');
  });

  test.each([
    ['UTF8String', tlv(0x0c, Buffer.from('Zürich 名', 'utf8')), 'Zürich 名'],
    ['PrintableString', tlv(0x13, Buffer.from('plain')), 'plain'],
    ['TeletexString', tlv(0x14, Buffer.from('Zürich', 'latin1')), 'Zürich'],
    ['BMPString', tlv(0x1e, Buffer.from('Zürich', 'utf16le').swap16()), 'Zürich'],
    ['UniversalString', tlv(0x1c, Buffer.from('0000005a0001f511', 'hex')), 'Z🔑'],
  ])('decodes a %s', (_, value, expected) => {
    expect(format(name([[CN, value]]))).toBe(`CN=${expected}`);
  });

  test.each([
    ['bytes that are not UTF-8', tlv(0x0c, Buffer.of(0xc3, 0x28)), 'CN=#0C02C328'],
    ['a value that is no string', tlv(0x02, Buffer.of(5)), 'CN=#020105'],
    ['half a UTF-32 character', tlv(0x1c, Buffer.of(0, 0, 0)), 'CN=#1C03000000'],
    ['a code point that does not exist', tlv(0x1c, Buffer.of(0, 0x11, 0, 0)), 'CN=#1C0400110000'],
  ])('gives %s in hexadecimal', (_, value, expected) => {
    expect(format(name([[CN, value]]))).toBe(expected);
  });

  test('refuses what is not a name', () => {
    for (const bad of [tlv(0x31), tlv(0x30, tlv(0x30)), tlv(0x30, tlv(0x31, tlv(0x30, utf8('x'))))]) {
      expect(() => format(bad)).toThrow(DerError);
    }
  });
});

describe('escaping a value', () => {
  test.each([
    ['a,b+c"d\\e<f>g;h', 'a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'],
    [' lead', '\\ lead'],
    ['trail ', 'trail\\ '],
    [' ', '\\ '],
    ['  ', '\\ \\ '],
    ['#hash # inside', '\\#hash # inside'],
    ['nul\0 line\n escape\u001b', 'nul\\00 line\\0A escape\\1B'],
    ['a=b', 'a=b'],
  ])('writes %j as %j', (value, expected) => {
    expect(escapeValue(value)).toBe(expected);
  });

  test('loses nothing and leaves nothing that could be taken for structure', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...' #,+"\\<>;=\0\n\u001bab0é') });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (value) => {
        const escaped = escapeValue(value);
        expect(unescapeValue(escaped)).toBe(value);
        expect(escaped.replace(/\\(?:[0-9A-F]{2}|.)/gs, 'x')).not.toMatch(/[",+<>;\\\0]|^[ #]| $/);
      }),
    );
  });
});

/** RFC 4514 §3: a backslash and two hexadecimal digits, or a backslash and the character itself. */
function unescapeValue(escaped: string): string {
  return escaped.replace(/\\(?:([0-9A-F]{2})|(.))/gs, (_, hex?: string, character?: string) =>
    hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
