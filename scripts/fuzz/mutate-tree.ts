import { clone, encode, node, type Place, parse, placesIn, raw, type Tree } from './der-tree.ts';
import { anyValue } from './grammar/values.ts';
import type { Random } from './random.ts';

/** Changes what stands at a place; `donor` is an element of another input. */
type Mutation = (random: Random, place: Place, tree: Tree, donor: Tree) => void;

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x1f, 0x30, 0x31,
];
const LIES = [-2, -1, 1, 2, 127, 128, 255, 65_536, 0x7fff_ffff, 0xffff_ffff, 2 ** 47];

const MUTATIONS: readonly Mutation[] = [
  (_random, { list, at }) => list.splice(at, 1),
  (random, { list, at }, tree) => list.splice(at, 0, ...copies(tree, random.pick([1, 1, 1, 2, 30]))),
  (random, { list, at }, tree) => {
    const other = random.below(list.length);
    list[at] = list[other] ?? tree;
    list[other] = tree;
  },
  (_random, { list, at }, _tree, donor) => list.splice(at, 1, donor),
  (_random, { list, at }, _tree, donor) => list.splice(at, 0, donor),
  (random, { list, at }) => list.splice(at, 1, anyValue(random)),
  (random, { list, at }) => list.splice(at, 0, anyValue(random)),
  // Tags: one bit, a universal one, one of a context, one that goes on in the next octet.
  (random, _place, tree) => retag(tree, (tree.tag ?? 0) ^ (1 << random.below(8))),
  (random, _place, tree) => retag(tree, random.pick(TAGS)),
  (random, _place, tree) => retag(tree, random.pick([0x80, 0xa0]) | random.below(9)),
  (random, _place, tree) => retag(tree, random.pick([0x1f, 0x3f, 0xbf, 0xdf])),
  // Lengths.
  (_random, _place, tree) => write(tree, 'indefinite'),
  (random, _place, tree) => write(tree, { octets: random.pick([1, 2, 3, 4, 5, 8, 126]) }),
  (random, _place, tree) => write(tree, { lie: random.pick(LIES) }),
  // Into one another.
  (random, { list, at }, tree) => list.splice(at, 1, nested(tree, random.pick([1, 2, 10, 40]), random)),
  (_random, { list, at }, tree) => list.splice(at, 1, ...(tree.children ?? [])),
  // Content.
  (_random, _place, tree) => fill(tree, Buffer.alloc(0)),
  (random, _place, tree) => fill(tree, Buffer.concat([tree.octets, random.octets(random.between(1, 4))])),
  (random, _place, tree) => fill(tree, tree.octets.subarray(random.below(tree.octets.length + 1))),
  (random, _place, tree) =>
    fill(tree, Buffer.alloc(random.pick([127, 128, 129, 256, 4096]), random.next() & 0xff)),
  (random, _place, tree) => fill(tree, random.octets(random.between(1, 40))),
];

/** Changes the elements of DER, from one to a handful, and leaves all lengths right that it does not mean to be wrong. */
export function mutateTree(random: Random, input: Buffer, other: Buffer): Buffer {
  const forest = parse(input);
  const donors = placesIn(parse(other));
  for (const mutation of random.several(1, 5, () => random.pick(MUTATIONS))) {
    const places = placesIn(forest);
    if (places.length === 0) break;
    const place = random.pick(places);
    const tree = place.list[place.at];
    if (tree === undefined) continue;
    const donor = donors.length === 0 ? undefined : random.pick(donors);
    mutation(random, place, tree, clone(donor?.list[donor.at] ?? raw(random.octets(4))));
  }
  return Buffer.concat(forest.map(encode));
}

/** The same input with one of its elements repeated for so many octets: to see how the cost grows. */
export function growTree(random: Random, input: Buffer): (octets: number) => Buffer {
  const forest = parse(input);
  const places = placesIn(forest);
  if (places.length === 0) return (octets) => Buffer.alloc(octets);
  const { list, at } = random.pick(places);
  const found = encode(list[at] ?? raw(Buffer.alloc(0)));
  const encoded = found.length === 0 ? Buffer.of(0) : found;
  return (octets) => {
    const times = Math.max(1, Math.ceil(octets / encoded.length));
    list[at] = raw(Buffer.alloc(times * encoded.length, encoded));
    return Buffer.concat(forest.map(encode));
  };
}

function copies(tree: Tree, times: number): Tree[] {
  return Array.from({ length: times }, () => clone(tree));
}

function retag(tree: Tree, tag: number): void {
  tree.tag = tag;
}

function write(tree: Tree, length: Tree['length']): void {
  tree.length = length;
}

function fill(tree: Tree, octets: Buffer): void {
  tree.octets = octets;
  tree.children = null;
}

function nested(tree: Tree, depth: number, random: Random): Tree {
  const tag = random.pick([0x30, 0x30, 0x31, 0xa0, 0x24]);
  const length = random.once(3) ? 'indefinite' : 'shortest';
  let wrapped = tree;
  for (let level = 0; level < depth; level++) wrapped = { ...node(tag, wrapped), length };
  return wrapped;
}
