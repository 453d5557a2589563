import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { quoted } from '../core/rejected.ts';

const DEEPEST = 32;
/** With all aliases written out. */
const MOST_NODES = 250_000;
/** Stands for what has been reported already and is left out, so that it is not reported again as missing. */
const LEFT_OUT = Symbol('left out');

/** Where the keys and values of one mapping or list begin in the text. */
export interface Offsets {
  readonly keys: Map<PropertyKey, number>;
  readonly values: Map<PropertyKey, number>;
}

/**
 * A document's content as plain values, in one linear pass: aliases are resolved (each anchor once, and counted as if
 * written out), duplicate keys reported.
 *
 * @param offsets Filled with the places of all mappings and lists.
 * @param report Told of every fault; what is at fault is left out.
 * @returns undefined where the document is too large or too deep to be read at all.
 */
export function plainValue(
  document: Document.Parsed,
  offsets: WeakMap<object, Offsets>,
  report: (offset: number, message: string) => void,
  at: (offset: number) => { readonly line: number },
): unknown {
  const anchors = new Map<string, { readonly value: unknown; readonly size: number }>();
  let size = 0;
  let gaveUp = false;

  const giveUp = (offset: number, message: string) => {
    if (!gaveUp) report(offset, message);
    gaveUp = true;
  };

  const visit = (node: Node | null, depth: number, parentOffset: number): unknown => {
    const offset = node?.range?.[0] ?? parentOffset;
    size += 1;
    if (depth > DEEPEST) giveUp(offset, 'nested too deeply');
    if (size > MOST_NODES) giveUp(offset, `more than ${MOST_NODES} values, aliases written out`);
    if (gaveUp) return LEFT_OUT;
    if (node === null) return null;
    if (isAlias(node)) return resolveAlias(node.source, offset);
    const sizeBefore = size;
    const value = content(node, depth, offset);
    // Known only from here on: an alias within its own anchor finds nothing, so nothing is endless.
    if ('anchor' in node && node.anchor) anchors.set(node.anchor, { value, size: size - sizeBefore });
    return value;
  };

  const resolveAlias = (name: string, offset: number): unknown => {
    const target = anchors.get(name);
    if (target === undefined) {
      const wildcard = name.startsWith('.') ? ', and a wildcard names no host to connect to' : '';
      report(
        offset,
        `${quoted(`*${name}`)} is a YAML alias of nothing above${wildcard}; text that begins with * needs quotes`,
      );
      return LEFT_OUT;
    }
    size += target.size;
    return target.value;
  };

  const content = (node: Node, depth: number, offset: number): unknown => {
    if (isScalar(node)) return node.value;
    const keys = new Map<PropertyKey, number>();
    const values = new Map<PropertyKey, number>();
    if (isSeq(node)) {
      const list: unknown[] = [];
      offsets.set(list, { keys, values });
      for (const item of node.items as (Node | null)[]) {
        values.set(list.length, item?.range?.[0] ?? offset);
        const value = visit(item, depth + 1, offset);
        if (value !== LEFT_OUT) list.push(value);
      }
      return list;
    }
    const mapping: Record<string, unknown> = Object.create(null);
    offsets.set(mapping, { keys, values });
    for (const { key, value } of isMap<Node, Node | null>(node) ? node.items : []) {
      const keyOffset = (key as Node | null)?.range?.[0] ?? offset;
      if (!isScalar(key) || key.value === null) {
        report(keyOffset, 'a key that is not text; wanted a name');
        continue;
      }
      const name = String(key.value);
      const first = keys.get(name);
      if (first !== undefined) {
        report(keyOffset, `the key ${quoted(name)} is there twice, first on line ${at(first).line}`);
        continue;
      }
      keys.set(name, keyOffset);
      values.set(name, value?.range?.[0] ?? keyOffset);
      const plain = visit(value, depth + 1, keyOffset);
      if (plain !== LEFT_OUT) mapping[name] = plain;
    }
    return mapping;
  };

  const value = visit(document.contents, 0, 0);
  return gaveUp || value === LEFT_OUT ? undefined : value;
}
