import { leaf, node, oid, sequence, set, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { anyValue, attributeType, string, text } from './values.ts';

/** A Name (RFC 5280 §4.1.2.4). */
export function name(random: Random): Tree {
  return sequence(...random.several(0, 6, () => relativeName(random)));
}

export function relativeName(random: Random): Tree {
  return set(...random.several(1, 3, () => sequence(attributeType(random), string(random))));
}

/** GeneralNames (RFC 5280 §4.2.1.6). */
export function generalNames(random: Random, most = 8): Tree {
  return sequence(...random.several(0, most, () => generalName(random)));
}

/** @param mask Whether it is the base of a name constraint: an address then comes with its mask. */
export function generalName(random: Random, mask = false): Tree {
  switch (random.below(12)) {
    case 0:
      return node(
        0xa0,
        oid('1.3.6.1.4.1.311.20.2.3'),
        node(0xa0, random.once(4) ? anyValue(random) : string(random)),
      );
    case 1:
      return leaf(0x81, text(random));
    case 2:
      return node(0xa3, anyValue(random));
    case 3:
      return node(0xa4, name(random));
    case 4:
      return node(0xa5, node(0xa1, string(random)));
    case 5:
      return leaf(0x86, text(random));
    case 6:
      return leaf(0x88, random.octets(random.between(0, 9)));
    case 7:
    case 8:
      return leaf(0x87, random.octets(random.pick([4, 16, 4, 16, 8, 32, 0, 5]) * (mask ? 2 : 1)));
    default:
      return leaf(0x82, text(random));
  }
}
