import type { Element } from './der.ts';
import { children, content, encoding, readElement } from './der.ts';
import { decodeString } from './der-string.ts';
import { hex } from './extensions.ts';

/** A distinguished name, for comparing; `formatName` is for reading. */
export class Name {
  readonly encoded: Uint8Array;
  #rdns: readonly string[] | undefined;

  /** @param encoded The DER of the whole Name. */
  constructor(encoded: Uint8Array) {
    this.encoded = encoded;
  }

  /**
   * One key for each relative distinguished name, in the order of the encoding. Throws DerError where this is no
   * Name, which node:crypto would not have taken for a certificate's.
   */
  get rdns(): readonly string[] {
    this.#rdns ??= canonicalRdns(this.encoded);
    return this.#rdns;
  }

  /** RFC 5280 §7.1: without regard to string type, case and repeated spaces. Throws DerError like `rdns`. */
  equals(other: Name): boolean {
    if (Buffer.compare(this.encoded, other.encoded) === 0) return true;
    return this.rdns.length === other.rdns.length && this.isWithin(other);
  }

  /** Whether the other name is this one's beginning (RFC 5280 §4.2.1.10, directoryName). Throws DerError like `rdns`. */
  isWithin(subtree: Name): boolean {
    return subtree.rdns.every((rdn, index) => rdn === this.rdns[index]);
  }
}

function canonicalRdns(bytes: Uint8Array): string[] {
  const keys: string[] = [];
  for (const rdn of children(bytes, readElement(bytes))) {
    const attributes: string[] = [];
    for (const attribute of children(bytes, rdn)) attributes.push(canonicalAttribute(bytes, attribute));
    keys.push(JSON.stringify(attributes.sort()));
  }
  return keys;
}

// OpenSSL compares this type octet by octet.
const NUMERIC_STRING = 0x12;

function canonicalAttribute(bytes: Uint8Array, attribute: Element): string {
  const [type, value] = children(bytes, attribute);
  if (type === undefined || value === undefined) return hex(encoding(bytes, attribute));
  const text = value.tag === NUMERIC_STRING ? null : decodeString(bytes, value);
  const key = text === null ? `#${hex(encoding(bytes, value))}` : `=${foldCase(text)}`;
  return hex(content(bytes, type)) + key;
}

/** Only ASCII has its case folded, as OpenSSL does; browsers fold nothing else either. */
function foldCase(text: string): string {
  return text
    .replace(/[\t-\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}
