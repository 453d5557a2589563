import { describe, expect, test } from 'vitest';
import { DerError } from '../../lib/x509/der.ts';
import { readSubjectAltNames } from '../../lib/x509/subject-alt-names.ts';
import { name, oid, tlv, utf8 } from './forge.ts';

const ascii = (tag: number, text: string): Buffer => tlv(tag, Buffer.from(text, 'latin1'));
const dns = (text: string): Buffer => ascii(0x82, text);
const ip = (hex: string): Buffer => tlv(0x87, Buffer.from(hex, 'hex'));

describe('subject alternative names', () => {
  test('are given with their type, in order', () => {
    const value = tlv(
      0x30,
      dns('api.test'),
      ascii(0x81, 'ops@api.test'),
      ascii(0x86, 'spiffe://api.test/x'),
      tlv(0xa4, name([['2.5.4.10', utf8('Acme')]], [['2.5.4.3', utf8('a,b')]])),
      tlv(0x88, oid('1.2.3.4').subarray(2)),
      tlv(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), tlv(0xa0, utf8('me@api.test'))),
      tlv(0xa0, oid('1.2.3'), tlv(0xa0, tlv(0x02, Buffer.of(7)))),
    );
    expect(readSubjectAltNames(value)).toEqual([
      { type: 'dns', value: 'api.test' },
      { type: 'email', value: 'ops@api.test' },
      { type: 'uri', value: 'spiffe://api.test/x' },
      { type: 'dirName', value: 'CN=a\\,b,O=Acme' },
      { type: 'registeredId', value: '1.2.3.4' },
      { type: 'other', value: '1.3.6.1.4.1.311.20.2.3=me@api.test' },
      { type: 'other', value: '1.2.3=#020107' },
    ]);
  });

  test.each([
    ['7f000001', '127.0.0.1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000100000001000000010001', '2001:db8:1:0:1:0:1:1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
  ])('write the address %s as %s', (hex, expected) => {
    expect(readSubjectAltNames(tlv(0x30, ip(hex)))).toEqual([{ type: 'ip', value: expected }]);
  });

  test('keep commas, quotes, NUL and bytes outside ASCII as they are', () => {
    const text = 'a, DNS:b"\0\u001bé';
    expect(readSubjectAltNames(tlv(0x30, dns(text)))).toEqual([{ type: 'dns', value: text }]);
  });

  test.each([
    ['an address of five octets', tlv(0x30, dns('a.test'), ip('7f00000105'))],
    ['an unknown tag', tlv(0x30, dns('a.test'), tlv(0x8f, Buffer.of(1)))],
    ['a name that is cut off', Buffer.from('30058209612e74', 'hex')],
    ['bytes after the list', Buffer.concat([tlv(0x30, dns('a.test')), Buffer.of(0)])],
    ['something that is no list', dns('a.test')],
    ['an otherName without a value', tlv(0x30, tlv(0xa0, oid('1.2.3')))],
  ])('are refused as a whole for %s', (_, value) => {
    expect(() => readSubjectAltNames(value)).toThrow(DerError);
  });

  test('are read in their thousands', () => {
    const value = tlv(0x30, ...Array.from({ length: 20_000 }, (_, i) => dns(`n${i}.test`)));
    expect(readSubjectAltNames(value)).toHaveLength(20_000);
  });
});
