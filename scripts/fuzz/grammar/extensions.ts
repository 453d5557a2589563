import { bitString, leaf, node, octetString, oid, sequence, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { generalName, generalNames, relativeName } from './names.ts';
import { anyValue, integer, text } from './values.ts';

const boolean = (value: number) => leaf(0x01, Buffer.of(value));
const url = (random: Random) => leaf(0x86, random.once(4) ? text(random) : 'http://ca.test/ca.crl');

/** An Extension (RFC 5280 §4.1). */
export function extension(random: Random, type: string, value: Tree): Tree {
  const critical = random.once(4) ? [boolean(random.pick([0xff, 0xff, 1, 0]))] : [];
  return sequence(oid(type), ...critical, octetString(value));
}

/** What is in a DistributionPoint, and in an IssuingDistributionPoint too (RFC 5280 §4.2.1.13). */
export function pointName(random: Random): Tree {
  if (random.once(6)) return node(0xa0, { ...relativeName(random), tag: 0xa1 });
  return node(
    0xa0,
    node(0xa0, ...random.several(1, 3, () => (random.once(3) ? generalName(random) : url(random)))),
  );
}

function distributionPoint(random: Random): Tree {
  return sequence(
    ...(random.once(8) ? [] : [pointName(random)]),
    ...(random.once(4) ? [leaf(0x81, Buffer.of(random.below(9), random.next() & 0xff))] : []),
    ...(random.once(5) ? [{ ...generalNames(random, 2), tag: 0xa2 }] : []),
  );
}

function subtrees(random: Random, tag: number): Tree {
  const limits = () => (random.once(10) ? [leaf(0x80, Buffer.of(random.below(3)))] : []);
  return node(tag, ...random.several(1, 5, () => sequence(generalName(random, true), ...limits())));
}

/** A list of one or two made-up SCTs (RFC 6962 §3.3), with its lengths in two octets. */
function sctList(random: Random): Tree {
  const withLength = (bytes: Buffer) =>
    Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
  const sct = () =>
    Buffer.concat([
      Buffer.of(random.once(10) ? 1 : 0),
      random.octets(32),
      Buffer.of(0, 0, 1, 0x9a, 0, 0, 0, random.next() & 0xff),
      withLength(random.octets(random.pick([0, 0, 3]))),
      Buffer.of(4, 3),
      withLength(random.octets(random.pick([0, 71]))),
    ]);
  return leaf(0x04, withLength(Buffer.concat(random.several(0, 4, () => withLength(sct())))));
}

const ACCESS = ['1.3.6.1.5.5.7.48.1', '1.3.6.1.5.5.7.48.2', '1.3.6.1.5.5.7.48.3'];
const PURPOSES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.9', '2.5.29.37.0'];

const VALUES: Readonly<Record<string, (random: Random) => Tree>> = {
  '2.5.29.17': (random) => generalNames(random, random.once(20) ? 300 : 8),
  '2.5.29.19': (random) =>
    sequence(...(random.once(2) ? [boolean(0xff)] : []), ...(random.once(3) ? [integer(random, 1)] : [])),
  '2.5.29.15': (random) => leaf(0x03, Buffer.of(random.below(9), random.next() & 0xff)),
  '2.5.29.37': (random) => sequence(...random.several(1, 4, () => oid(random.pick(PURPOSES)))),
  '2.5.29.14': (random) => leaf(0x04, random.octets(20)),
  '2.5.29.35': (random) =>
    sequence(
      ...(random.once(5) ? [] : [leaf(0x80, random.octets(20))]),
      ...(random.once(4)
        ? [
            { ...generalNames(random, 2), tag: 0xa1 },
            { ...integer(random), tag: 0x82 },
          ]
        : []),
    ),
  '2.5.29.31': (random) => sequence(...random.several(0, 4, () => distributionPoint(random))),
  '2.5.29.30': nameConstraints,
  '1.3.6.1.5.5.7.1.1': (random) =>
    sequence(
      ...random.several(0, 5, () =>
        sequence(oid(random.pick(ACCESS)), random.once(5) ? generalName(random) : url(random)),
      ),
    ),
  '1.3.6.1.5.5.7.1.24': (random) =>
    sequence(...random.several(0, 3, () => leaf(0x02, Buffer.of(random.pick([5, 17]))))),
  '1.3.6.1.4.1.11129.2.4.2': sctList,
  '1.3.6.1.5.5.7.48.1.5': () => leaf(0x05, Buffer.alloc(0)),
  '2.5.29.56': () => leaf(0x05, Buffer.alloc(0)),
  '2.5.29.32': (random) =>
    sequence(sequence(oid('2.23.140.1.2.1'), ...(random.once(2) ? [anyValue(random)] : []))),
  '1.2.3.4': anyValue,
  '2.5.29.99': (random) => bitString(anyValue(random)),
};

/** The value of nameConstraints (RFC 5280 §4.2.1.10). */
export function nameConstraints(random: Random): Tree {
  return sequence(
    ...(random.once(4) ? [] : [subtrees(random, 0xa0)]),
    ...(random.once(3) ? [subtrees(random, 0xa1)] : []),
  );
}

/** The SEQUENCE of a certificate's extensions, rarely one of them twice. */
export function extensions(random: Random): Tree {
  const types = Object.keys(VALUES);
  const chosen = random.several(0, types.length, () => random.pick(types));
  const once = random.odd(10) ? chosen : [...new Set(chosen)];
  return sequence(...once.map((type) => extension(random, type, (VALUES[type] ?? anyValue)(random))));
}
