/**
 * A reader for the few structures that node:crypto shows lossily or not at all. It makes no tree and copies nothing,
 * so a hostile certificate costs little more than its length (X.690 §8).
 */

/** Universal tags, with the constructed bit where DER demands it (X.680 §8.6). */
export const TAG = {
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One tag-length-value, as offsets into the bytes it was read from. */
export interface Element {
  /** The identifier octet as it stands, class and constructed bit included. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  /** Beyond `contentEnd` where the length is indefinite: its end is marked by two octets. */
  readonly end: number;
}

/** The bytes are not DER, or not what was expected at this place. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

// OpenSSL's own limit for constructed elements inside one another.
const MAX_NESTING = 30;

/**
 * Reads the element that begins at `start` and must end by `limit`. Takes BER's indefinite and padded lengths too,
 * because OpenSSL does: such a certificate works, so it has to be readable here. Throws DerError.
 */
export function readElement(bytes: Uint8Array, start = 0, limit = bytes.length, depth = 0): Element {
  const tag = byteAt(bytes, start, limit);
  if ((tag & 0x1f) === 0x1f) throw new DerError(`multi-byte tag at offset ${start}`);
  const first = byteAt(bytes, start + 1, limit);
  if (first === 0x80) return readIndefinite(bytes, tag, start, limit, depth);
  let contentStart = start + 2;
  let length = first;
  if (first > 0x80) {
    length = 0;
    for (let octets = first & 0x7f; octets > 0; octets--) {
      length = length * 256 + byteAt(bytes, contentStart++, limit);
      if (length > limit) break;
    }
  }
  const end = contentStart + length;
  if (end > limit) throw new DerError(`the element at offset ${start} is cut off`);
  return { tag, start, contentStart, contentEnd: end, end };
}

function readIndefinite(
  bytes: Uint8Array,
  tag: number,
  start: number,
  limit: number,
  depth: number,
): Element {
  if ((tag & 0x20) === 0 || depth >= MAX_NESTING) throw new DerError(`bad length at offset ${start}`);
  const contentStart = start + 2;
  let contentEnd = contentStart;
  while (byteAt(bytes, contentEnd, limit) !== 0 || byteAt(bytes, contentEnd + 1, limit) !== 0) {
    contentEnd = readElement(bytes, contentEnd, limit, depth + 1).end;
  }
  return { tag, start, contentStart, contentEnd, end: contentEnd + 2 };
}

/** Reads like `readElement` and insists on the tag. `what` names the field in the error. */
export function expectElement(
  bytes: Uint8Array,
  tag: number,
  what: string,
  start = 0,
  limit = bytes.length,
): Element {
  const element = readElement(bytes, start, limit);
  if (element.tag === tag) return element;
  throw new DerError(`${what}: tag 0x${hexByte(element.tag)} where 0x${hexByte(tag)} was expected`);
}

/** The elements inside a constructed one, one after the other. Throws DerError at the first that is malformed. */
export function* children(bytes: Uint8Array, parent: Element): Generator<Element> {
  let offset = parent.contentStart;
  while (offset < parent.contentEnd) {
    const child = readElement(bytes, offset, parent.contentEnd);
    yield child;
    offset = child.end;
  }
}

/** The content octets of an element, as a view. */
export function content(bytes: Uint8Array, element: Element): Uint8Array {
  return bytes.subarray(element.contentStart, element.contentEnd);
}

/** The whole element with tag and length, as a view. */
export function encoding(bytes: Uint8Array, element: Element): Uint8Array {
  return bytes.subarray(element.start, element.end);
}

// X.660 sets no limit, but long arcs cost quadratic arithmetic and no registered identifier comes near.
const MAX_OID_OCTETS = 128;

/** The content octets of an OBJECT IDENTIFIER in dotted form (X.690 §8.19). Throws DerError. */
export function decodeOid(octets: Uint8Array): string {
  if (octets.length === 0 || octets.length > MAX_OID_OCTETS) {
    throw new DerError(`object identifier of ${octets.length} octets`);
  }
  if ((octets[octets.length - 1] ?? 0) >= 0x80) throw new DerError('object identifier is cut off');
  const arcs: bigint[] = [];
  // UUIDs below 2.25 have 128-bit arcs, so a number is not enough.
  let arc = 0n;
  for (const octet of octets) {
    // An arc has no leading zeros (§8.19.2): there is one encoding of each, so that bytes can be compared.
    if (octet === 0x80 && arc === 0n) throw new DerError('object identifier with a padded arc');
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length > 0) arcs.push(arc);
    else if (arc < 80n) arcs.push(arc / 40n, arc % 40n);
    else arcs.push(2n, arc - 80n);
    arc = 0n;
  }
  return arcs.join('.');
}

function byteAt(bytes: Uint8Array, offset: number, limit: number): number {
  const byte = offset < limit ? bytes[offset] : undefined;
  if (byte === undefined) throw new DerError(`cut off at offset ${offset}`);
  return byte;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
