import type { Element } from './der.ts';
import { children, content, DerError, TAG } from './der.ts';

/** One extension of a certificate (RFC 5280 §4.2). */
export interface Extension {
  /** The content octets of its identifier, in hexadecimal: what types are told apart by. */
  readonly type: string;
  readonly oid: Uint8Array;
  readonly critical: boolean;
  /** The content octets of its value. */
  readonly value: Uint8Array;
}

const BOOLEAN = 0x01;

/** Every extension, in one pass. Throws DerError at the first that is malformed. */
export function* readExtensions(der: Uint8Array, extensions: Element): Generator<Extension> {
  for (const extension of children(der, extensions)) {
    const parts = [...children(der, extension)];
    const [type, flag] = parts;
    const value = parts.at(-1);
    const isWellFormed =
      type?.tag === TAG.oid &&
      value?.tag === TAG.octetString &&
      (parts.length === 2 || (parts.length === 3 && flag?.tag === BOOLEAN));
    if (!isWellFormed || type === undefined || flag === undefined || value === undefined) {
      throw new DerError('an extension is malformed');
    }
    const oid = content(der, type);
    yield {
      type: hex(oid),
      oid,
      critical: parts.length === 3 && readBoolean(der, flag),
      value: content(der, value),
    };
  }
}

/** Anything but zero is true: DER has one form for it, BER and OpenSSL take the others too. Throws DerError. */
export function readBoolean(bytes: Uint8Array, element: Element): boolean {
  const [octet, second] = content(bytes, element);
  if (element.tag !== BOOLEAN || octet === undefined || second !== undefined) {
    throw new DerError('a BOOLEAN is malformed');
  }
  return octet !== 0;
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex');
}
