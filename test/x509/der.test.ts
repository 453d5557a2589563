import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { children, content, DerError, decodeOid, readElement } from '../../lib/x509/der.ts';
import { indefinite, oid, tlv } from './forge.ts';

describe('reading an element', () => {
  test('finds content and end for short, long and padded lengths', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 70_000]) {
      const der = tlv(0x04, Buffer.alloc(length));
      const element = readElement(der);
      expect(element.end).toBe(der.length);
      expect(content(der, element)).toHaveLength(length);
    }
    expect(readElement(Buffer.from('048500000000020102', 'hex')).end).toBe(9);
  });

  test('finds the end of nested indefinite lengths', () => {
    const ber = indefinite(0x30, indefinite(0x31, tlv(0x02, Buffer.of(0))), tlv(0x05));
    const element = readElement(ber);
    expect(element.end).toBe(ber.length);
    expect([...children(ber, element)].map(({ tag }) => tag)).toEqual([0x31, 0x05]);
  });

  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['a cut length', '3082'],
    ['a length beyond the end', '300501'],
    ['a length beyond any memory', '30ffffffffffffffff'],
    ['a multi-byte tag', '1f8101'],
    ['an indefinite length without an end', '30800500'],
    ['an indefinite length of a primitive', '04800000'],
    ['indefinite lengths without end in one another', '3080'.repeat(100_000)],
  ])('refuses %s', (_, hex) => {
    expect(() => readElement(Buffer.from(hex, 'hex'))).toThrow(DerError);
  });

  test('refuses a child that is longer than its parent', () => {
    const der = Buffer.from('30030405aaaaaaaaaa', 'hex');
    expect(() => [...children(der, readElement(der))]).toThrow(DerError);
  });
});

describe('object identifiers', () => {
  test('come back as they were encoded, arcs of 128 bits included', () => {
    const arc = fc.bigInt({ min: 0n, max: 2n ** 128n });
    const first = fc.oneof(
      fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 39n })),
      fc.tuple(fc.constant(2n), arc),
    );
    fc.assert(
      fc.property(first, fc.array(arc, { maxLength: 5 }), (head, rest) => {
        const dotted = [...head, ...rest].join('.');
        const der = oid(dotted);
        expect(decodeOid(content(der, readElement(der)))).toBe(dotted);
      }),
    );
  });

  test.each(['', '88', '2a86', 'ff'.repeat(200)])(
    'are refused where they are cut off or absurd: %s',
    (hex) => {
      expect(() => decodeOid(Buffer.from(hex, 'hex'))).toThrow(DerError);
    },
  );
});
