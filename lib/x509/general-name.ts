import type { Element } from './der.ts';
import { content, DerError, encoding, readElement } from './der.ts';
import { latin1 } from './der-string.ts';
import { formatName, hexValue } from './distinguished-name.ts';
import { Name } from './name.ts';
import { formatIpAddress, readGeneralName } from './subject-alt-names.ts';

/** A GeneralName (RFC 5280 §4.2.1.6) as name constraints compare it: a name in a certificate, or the base of a subtree. */
export type GeneralName =
  /** `email` where no rfc822Name can be, an attribute that is not ASCII, has no `@`. */
  | { readonly type: 'dns' | 'email' | 'uri'; readonly text: string }
  | { readonly type: 'ip'; readonly octets: Uint8Array }
  | { readonly type: 'dirName'; readonly name: Name }
  /** A form that nothing here compares (otherName, registeredID, …), with the tag that tells it from the others. */
  | { readonly type: 'other'; readonly tag: number; readonly encoded: Uint8Array };

/** Throws DerError where it has no known form. */
export function parseGeneralName(bytes: Uint8Array, element: Element): GeneralName {
  const { tag } = element;
  switch (tag) {
    case 0x81:
      return { type: 'email', text: latin1(content(bytes, element)) };
    case 0x82:
      return { type: 'dns', text: latin1(content(bytes, element)).toLowerCase() };
    case 0x86:
      return { type: 'uri', text: latin1(content(bytes, element)) };
    case 0x87:
      return { type: 'ip', octets: content(bytes, element) };
    case 0xa4: {
      // Name is a CHOICE, so its tag is explicit: a SEQUENCE inside.
      const name = readElement(bytes, element.contentStart, element.contentEnd);
      return { type: 'dirName', name: new Name(encoding(bytes, name)) };
    }
    case 0xa0:
    case 0xa3:
    case 0xa5:
    case 0x88:
      return { type: 'other', tag, encoded: encoding(bytes, element) };
    default:
      throw new DerError(`a name has the tag 0x${tag.toString(16)}, which means nothing here`);
  }
}

/** `dns:api.test`, for a message. Hostile like everything in a certificate. */
export function formatGeneralName(name: GeneralName): string {
  switch (name.type) {
    case 'dns':
    case 'email':
    case 'uri':
      return `${name.type}:${name.text}`;
    case 'ip':
      return `ip:${formatOctets(name.octets)}`;
    case 'dirName':
      return `dirName:${formatted(name.name.encoded, (bytes) => formatName(bytes, readElement(bytes)))}`;
    case 'other':
      return `other:${formatted(name.encoded, (bytes) => readGeneralName(bytes, readElement(bytes)).value)}`;
  }
}

function formatted(encoded: Uint8Array, format: (bytes: Uint8Array) => string): string {
  try {
    return format(encoded);
  } catch {
    return hexValue(encoded, readElement(encoded));
  }
}

function formatOctets(octets: Uint8Array): string {
  try {
    return formatIpAddress(octets);
  } catch {
    return `#${Buffer.from(octets).toString('hex').toUpperCase()}`;
  }
}
