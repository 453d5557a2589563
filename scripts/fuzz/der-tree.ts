/**
 * DER as a tree that can be taken apart, changed and written again, wrong lengths included. It shares no code with the
 * readers that are tested with it.
 */
export interface Tree {
  /** The identifier octet. Null: the octets stand for themselves, whatever they are. */
  tag: number | null;
  /** The content; of a constructed one what stands before its children (the first octet of a BIT STRING). */
  octets: Buffer;
  children: Tree[] | null;
  length: LengthForm;
}

/** How the length is written: as DER has it, in so many octets, without an end, or wrong by so many. */
type LengthForm = 'shortest' | 'indefinite' | { readonly octets: number } | { readonly lie: number };

export const node = (tag: number, ...children: Tree[]): Tree => ({
  tag,
  octets: Buffer.alloc(0),
  children,
  length: 'shortest',
});

export const leaf = (tag: number, octets: Uint8Array | string): Tree => ({
  tag,
  octets: typeof octets === 'string' ? Buffer.from(octets, 'latin1') : Buffer.from(octets),
  children: null,
  length: 'shortest',
});

export const raw = (octets: Uint8Array): Tree => ({ ...leaf(0, octets), tag: null });

export const sequence = (...children: Tree[]): Tree => node(0x30, ...children);
export const set = (...children: Tree[]): Tree => node(0x31, ...children);
export const octetString = (content: Tree): Tree => node(0x04, content);
export const bitString = (content: Tree | Uint8Array): Tree =>
  content instanceof Uint8Array
    ? leaf(0x03, Buffer.concat([Buffer.of(0), content]))
    : { ...node(0x03, content), octets: Buffer.of(0) };

export function oid(dotted: string): Tree {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const octets = [first * 40n + second, ...rest].flatMap((arc) => {
    const septets = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) septets.unshift(Number(left & 0x7fn) | 0x80);
    return septets;
  });
  return leaf(0x06, Buffer.from(octets));
}

/** For a second place in a tree: one that stood in two would change in both. */
export function clone(tree: Tree): Tree {
  return { ...tree, children: tree.children?.map(clone) ?? null };
}

export function encode(tree: Tree): Buffer {
  if (tree.tag === null) return tree.octets;
  const content = tree.children ? Buffer.concat([tree.octets, ...tree.children.map(encode)]) : tree.octets;
  if (tree.length === 'indefinite')
    return Buffer.concat([Buffer.of(tree.tag, 0x80), content, Buffer.of(0, 0)]);
  return Buffer.concat([Buffer.of(tree.tag), encodeLength(content.length, tree.length), content]);
}

function encodeLength(length: number, form: Exclude<LengthForm, 'indefinite'>): Buffer {
  const told = Math.max(0, length + (typeof form === 'object' && 'lie' in form ? form.lie : 0));
  const padded = typeof form === 'object' && 'octets' in form ? form.octets : 0;
  if (told < 0x80 && padded === 0) return Buffer.of(told);
  const digits = told.toString(16);
  const octets = Math.max(padded, Math.ceil(digits.length / 2));
  return Buffer.concat([Buffer.of(0x80 | octets), Buffer.from(digits.padStart(2 * octets, '0'), 'hex')]);
}

const MAX_DEPTH = 60;

/** The elements one after the other. What cannot be read as any is kept as it is, so that encoding gives the same bytes. */
export function parse(bytes: Buffer, depth = 0): Tree[] {
  const trees: Tree[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = parseOne(bytes.subarray(at), depth);
    if (found === null) return [...trees, raw(bytes.subarray(at))];
    trees.push(found.tree);
    at += found.size;
  }
  return trees;
}

interface Parsed {
  readonly tree: Tree;
  readonly size: number;
}

function parseOne(bytes: Buffer, depth: number): Parsed | null {
  const [tag = 0, first] = bytes;
  if (first === undefined || depth > MAX_DEPTH) return null;
  if (first === 0x80) return parseIndefinite(bytes, tag, depth);
  const octets = first > 0x80 ? first & 0x7f : 0;
  const start = 2 + octets;
  const length = octets > 0 ? Number(`0x${bytes.toString('hex', 2, start)}`) : first;
  if (start > bytes.length || start + length > bytes.length) return null;
  const tree = withContent(tag, bytes.subarray(start, start + length), depth);
  if (start > 1 + encodeLength(length, 'shortest').length) tree.length = { octets };
  return { tree, size: start + length };
}

function parseIndefinite(bytes: Buffer, tag: number, depth: number): Parsed | null {
  const children: Tree[] = [];
  for (let at = 2; at + 1 < bytes.length; ) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) {
      return { tree: { ...node(tag, ...children), length: 'indefinite' }, size: at + 2 };
    }
    const child = parseOne(bytes.subarray(at), depth + 1);
    if (child === null) return null;
    children.push(child.tree);
    at += child.size;
  }
  return null;
}

/** Constructed ones have children; strings of octets and of bits may hold an encoding too, as extensions and keys do. */
function withContent(tag: number, content: Buffer, depth: number): Tree {
  if ((tag & 0x20) !== 0) return node(tag, ...parse(content, depth + 1));
  const before = tag === 0x03 ? 1 : 0;
  const inner = content.subarray(before);
  if ((tag === 0x04 || tag === 0x03) && (inner[0] === 0x30 || inner[0] === 0x03) && inner.length > 1) {
    const whole = parseOne(inner, depth + 1);
    if (whole !== null && whole.size === inner.length) {
      return { ...node(tag, whole.tree), octets: Buffer.from(content.subarray(0, before)) };
    }
  }
  return leaf(tag, content);
}

export interface Place {
  readonly list: Tree[];
  readonly at: number;
}

/** Every tree of the forest with the list it stands in. */
export function placesIn(list: Tree[], places: Place[] = []): Place[] {
  for (const [at, tree] of list.entries()) {
    places.push({ list, at });
    if (tree.children !== null) placesIn(tree.children, places);
  }
  return places;
}
