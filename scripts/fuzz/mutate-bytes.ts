import type { Random } from './random.ts';

/** Longer inputs only take time away from the others; how the cost grows is tried apart. */
export const MAX_INPUT = 16_384;

const OCTETS = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff, 0x30, 0x31, 0x06, 0x0a, 0x0d, 0x20, 0x2d];

/** Takes the bytes and those of another input, and makes something new of them. */
type Mutation = (random: Random, input: Buffer, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // One bit, one octet.
  (random, input) => changed(input, random, (octet) => octet ^ (1 << random.below(8))),
  (random, input) => changed(input, random, () => random.pick(OCTETS)),
  (random, input) => changed(input, random, (octet) => octet + random.between(-3, 3)),
  // Cut off, cut out, put in, repeated, moved, and grafted from the other.
  (random, input) => input.subarray(0, random.below(input.length + 1)),
  (random, input) => {
    const [start, end] = range(random, input);
    return Buffer.concat([input.subarray(0, start), input.subarray(end)]);
  },
  (random, input) => inserted(random, input, random.octets(random.between(1, 8))),
  (random, input) => inserted(random, input, Buffer.alloc(random.between(1, 300), random.pick(OCTETS))),
  (random, input) => {
    const piece = slice(random, input);
    return inserted(random, input, Buffer.concat(random.several(1, 40, () => piece)));
  },
  (random, input) => inserted(random, input, slice(random, input)),
  (random, input, other) => inserted(random, input, slice(random, other)),
  (random, input, other) =>
    Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]),
];

export const mutateBytes: Mutation = (random, input, other) => random.pick(MUTATIONS)(random, input, other);

const EOLS = ['\n', '\r\n', '\r', '\n\n', '', ' \n', '\n\r'];

const LINE_MUTATIONS: readonly ((random: Random, lines: string[], other: string[]) => void)[] = [
  (random, lines) => void lines.splice(random.below(lines.length), 1),
  (random, lines) => lines.splice(random.below(lines.length), 0, random.pick(lines)),
  (random, lines, other) => lines.splice(random.below(lines.length), 0, random.pick(other)),
  (random, lines) =>
    lines.splice(random.below(lines.length), 0, ...Array(random.pick([1, 3, 120])).fill(random.pick(lines))),
  (random, lines) =>
    lines.splice(random.below(lines.length), 0, ...lines.splice(random.below(lines.length), 2)),
  (random, lines) => edit(random, lines, (line) => line.replace(/[\r\n]*$/, random.pick(EOLS))),
  (random, lines) =>
    edit(random, lines, (line) => `${random.pick([' ', '\t', '#', '-', '\0', '\u00ff'])}${line}`),
  (random, lines) => edit(random, lines, (line) => line.slice(random.below(line.length + 1))),
  (random, lines) => edit(random, lines, (line) => line.repeat(random.between(2, 60))),
];

/** The same for what is read in lines. */
export const mutateLines: Mutation = (random, input, other) => {
  const lines = linesWithEnds(input);
  random.pick(LINE_MUTATIONS)(random, lines, linesWithEnds(other));
  return Buffer.from(lines.join(''), 'latin1');
};

function linesWithEnds(bytes: Buffer): string[] {
  return bytes.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [''];
}

function edit(random: Random, lines: string[], change: (line: string) => string): void {
  const at = random.below(lines.length);
  lines[at] = change(lines[at] ?? '');
}

function changed(input: Buffer, random: Random, change: (octet: number) => number): Buffer {
  const copy = Buffer.from(input);
  const at = random.below(copy.length);
  if (copy.length > 0) copy[at] = change(copy[at] ?? 0) & 0xff;
  return copy;
}

function range(random: Random, input: Buffer): [number, number] {
  const start = random.below(input.length + 1);
  // Short pieces are likelier: they leave the rest what it was.
  const longest = Math.min(input.length - start, random.pick([1, 4, 16, 64, 1024]));
  return [start, start + random.between(0, longest)];
}

function slice(random: Random, input: Buffer): Buffer {
  return input.subarray(...range(random, input));
}

function inserted(random: Random, input: Buffer, piece: Buffer): Buffer {
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
}
