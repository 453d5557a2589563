/** The small things that certificates, CRLs and OCSP responses are made of: mostly right, sometimes odd. */
import { leaf, node, oid, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';

const TEXTS = [
  'api.test',
  '*.api.test',
  '.test',
  'test',
  'Acme, Inc.',
  ' spaces ',
  '#hash',
  'a+b=c;"d"<e>\\',
  '',
  'xn--bcher-kva.test',
  'http://ca.test/ca.crl',
  'a@b.test',
  'nul\0inside',
  'line\r\nbreak',
  '\u001b[31m',
];
const WIDE_TEXTS = [...TEXTS, 'Zürich', '\u202egnp.exe', '\u0085\u009b', '日本', '\ufeffbom'];

const STRINGS: readonly (readonly [tag: number, encode: (text: string) => Buffer])[] = [
  [0x0c, (text) => Buffer.from(text)],
  [0x13, (text) => Buffer.from(text, 'latin1')],
  [0x14, (text) => Buffer.from(text, 'latin1')],
  [0x16, (text) => Buffer.from(text, 'latin1')],
  [0x12, (text) => Buffer.from(text.replace(/\D/g, '7'))],
  [0x1e, (text) => Buffer.from(text, 'utf16le').swap16()],
  [0x1c, (text) => Buffer.concat(Array.from(text, (character) => uint32(character.codePointAt(0) ?? 0)))],
];

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

export function text(random: Random): string {
  const one = random.pick(TEXTS);
  return random.once(60) ? one.repeat(random.pick([10, 100, 700])) : one;
}

export function string(random: Random): Tree {
  // Neither does OpenSSL take for a part of a name: bytes that are not UTF-8, and VisibleString.
  if (random.odd(15)) return leaf(random.pick([0x0c, 0x1a]), Buffer.from(random.pick(WIDE_TEXTS), 'latin1'));
  const [tag, encode] = random.pick(STRINGS);
  return leaf(tag, encode(random.once(2) ? text(random) : random.pick(WIDE_TEXTS)));
}

const OIDS = [
  '2.5.4.3',
  '2.5.4.10',
  '2.5.4.6',
  '2.5.4.5',
  '0.9.2342.19200300.100.1.25',
  '1.2.840.113549.1.9.1',
];
const ODD_OIDS = [
  '2.5.29.17',
  '2.999.1',
  '0.39',
  '1.3.6.1.4.1.311.20.2.3',
  '2.25.329800735698586629295641978511506172918',
];

export function attributeType(random: Random): Tree {
  return random.once(6) ? anyOid(random) : oid(random.pick(OIDS));
}

function anyOid(random: Random): Tree {
  if (random.odd(8)) return leaf(0x06, random.octets(random.pick([0, 1, 5, 128, 129])));
  // An arc that goes on and on.
  if (random.odd(12))
    return leaf(0x06, Buffer.alloc(random.pick([20, 127, 128, 600]), random.pick([0x80, 0xff])));
  return oid(random.pick([...OIDS, ...ODD_OIDS]));
}

export function integer(random: Random, most = 20): Tree {
  if (random.odd(20)) return leaf(0x02, random.octets(random.pick([0, 64, 65, 600])));
  return leaf(
    0x02,
    random.pick([Buffer.of(0), Buffer.of(0xff), Buffer.of(0, 0x80), random.octets(random.between(1, most))]),
  );
}

const digits = (value: number, width = 2) => String(value).padStart(width, '0');

/** UTCTime or GeneralizedTime, most of them real dates in the one form that RFC 5280 leaves. */
export function time(random: Random, tag = random.pick([0x17, 0x17, 0x18])): Tree {
  const odd = random.odd(8);
  const year =
    tag === 0x17 ? digits(random.below(100)) : digits(random.pick([2026, 1950, 2050, 9999, 0, 99, 1000]), 4);
  const date =
    digits(odd ? random.below(14) : random.between(1, 12)) +
    digits(odd ? random.below(33) : random.between(1, 28));
  const clock = digits(random.below(odd ? 26 : 24)) + digits(random.below(odd ? 62 : 60));
  const seconds = random.odd(12) ? '' : digits(random.below(odd ? 62 : 60));
  const zone = random.once(8)
    ? random.pick(['', '+0000', '-1200', '+9959', '-0001', 'z', '.5Z', '.Z', ',5Z', 'Z0'])
    : 'Z';
  return leaf(tag, year + date + clock + seconds + zone);
}

/** Something that stands somewhere in such a structure. */
export function anyValue(random: Random): Tree {
  switch (random.below(8)) {
    case 0:
      return string(random);
    case 1:
      return anyOid(random);
    case 2:
      return integer(random);
    case 3:
      return time(random);
    case 4:
      return leaf(0x01, Buffer.of(random.pick([0, 1, 0xff])));
    case 5:
      return leaf(0x05, Buffer.alloc(0));
    case 6:
      return leaf(0x03, random.octets(random.between(0, 5)));
    default:
      return node(random.pick([0x30, 0x31, 0xa0, 0xa3]), ...random.several(0, 4, () => anyValue(random)));
  }
}
