import { TextDecoder } from 'node:util';
import type { Element } from './der.ts';
import { content } from './der.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16be = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

/** The text of an ASN.1 string type (X.680 §41), or null where the type or its bytes are not text. */
export function decodeString(bytes: Uint8Array, element: Element): string | null {
  const octets = content(bytes, element);
  switch (element.tag) {
    case 0x0c: // UTF8String
      return decodeOrNull(utf8, octets);
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString, which in practice holds Latin-1
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return latin1(octets);
    case 0x1c: // UniversalString
      return decodeUtf32(octets);
    case 0x1e: // BMPString
      return decodeOrNull(utf16be, octets);
    default:
      return null;
  }
}

/** One character per octet: loses nothing, whatever the octets are. */
export function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

function decodeOrNull(decoder: TextDecoder, octets: Uint8Array): string | null {
  try {
    return decoder.decode(octets);
  } catch {
    return null;
  }
}

function decodeUtf32(octets: Uint8Array): string | null {
  if (octets.length % 4 !== 0) return null;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  let text = '';
  for (let i = 0; i < octets.length; i += 4) {
    const codePoint = view.getUint32(i);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return null;
    text += String.fromCodePoint(codePoint);
  }
  return text;
}
