import type { Element } from '../der.ts';
import { children, content, DerError, encoding, expectElement } from '../der.ts';
import { formatName } from '../distinguished-name.ts';

/** Universal tags beside those of der.ts (X.680 §8.6). */
export const MORE_TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/**
 * The elements inside a constructed one, as a list that cannot grow with hostile input: an element per two bytes would
 * take fifty times the memory of the bytes. Throws DerError where there are more than `most`.
 */
export function fewChildren(bytes: Uint8Array, parent: Element, most: number, what: string): Element[] {
  const list: Element[] = [];
  for (const child of children(bytes, parent)) {
    if (list.length === most) throw new DerError(`${what}: more than ${most} elements`);
    list.push(child);
  }
  return list;
}

/** The value of an extension, which is one element and nothing after it. Throws DerError. */
export function wholeValue(value: Uint8Array, tag: number, what: string): Element {
  const element = expectElement(value, tag, what);
  if (element.end !== value.length) throw new DerError(`${what}: bytes follow its end`);
  return element;
}

/** Any content but a zero: DER has one value for TRUE, BER has 255. */
export function isTrue(bytes: Uint8Array, boolean: Element): boolean {
  return content(bytes, boolean).some((octet) => octet !== 0);
}

/** Whether a bit is set in a BIT STRING, the first one being 0 (X.690 §8.6). */
export function hasBit(bytes: Uint8Array, bitString: Element, bit: number): boolean {
  // The first octet of the content counts the unused bits of the last, which DER demands to be zero.
  const octet = content(bytes, bitString)[1 + (bit >> 3)] ?? 0;
  return (octet & (0x80 >> (bit & 7))) !== 0;
}

/** The content of a BIT STRING that is whole octets: a signature, a key. Throws DerError. */
export function bitStringOctets(bytes: Uint8Array, bitString: Element, what: string): Uint8Array {
  const octets = content(bytes, bitString);
  if (bitString.tag !== MORE_TAGS.bitString || octets[0] !== 0)
    throw new DerError(`${what} is not a BIT STRING`);
  return octets.subarray(1);
}

// RFC 5280 §5.2.3: CRL numbers have up to 20 octets.
const MAX_NUMBER_OCTETS = 64;

/** An INTEGER that is no negative one, in lower-case hex. Throws DerError. */
export function readNumber(bytes: Uint8Array, integer: Element, what: string): string {
  const octets = content(bytes, integer);
  if (integer.tag !== MORE_TAGS.integer || octets.length === 0 || octets.length > MAX_NUMBER_OCTETS) {
    throw new DerError(`${what} is not a number`);
  }
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^00(?=.)/, '');
}

// Longer than any name in use, and short enough for a text.
const MAX_NAME_OCTETS = 16_384;

/** A Name of bounded length as an RFC 4514 string. Throws DerError. */
export function readName(bytes: Uint8Array, name: Element): string {
  const length = encoding(bytes, name).length;
  if (length > MAX_NAME_OCTETS) throw new DerError(`a name of ${length} octets`);
  return formatName(bytes, name);
}

/** What a decoder returns, or why it could not: no throw leaves the readers of what came over the network. */
export function readOr<Value>(decode: () => Value): Value | { readonly unreadable: string } {
  try {
    return decode();
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}
