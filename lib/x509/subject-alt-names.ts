import { SocketAddress } from 'node:net';
import type { SubjectAltName } from '../core/certificate.ts';
import type { Element } from './der.ts';
import { children, content, DerError, decodeOid, readElement, TAG } from './der.ts';
import { decodeString, latin1 } from './der-string.ts';
import { escapeValue, formatName, hexValue } from './distinguished-name.ts';

/**
 * Decodes the value of a subjectAltName extension: GeneralNames (RFC 5280 §4.2.1.6), every name or none, because a
 * list with a gap would be taken for the whole. Throws DerError.
 */
export function readSubjectAltNames(extensionValue: Uint8Array): SubjectAltName[] {
  const list = readElement(extensionValue);
  if (list.tag !== TAG.sequence) throw new DerError('the list of names is not a SEQUENCE');
  if (list.end !== extensionValue.length) throw new DerError('bytes follow the list of names');
  const names: SubjectAltName[] = [];
  for (const name of children(extensionValue, list)) names.push(readGeneralName(extensionValue, name));
  return names;
}

/** Throws DerError. */
export function readGeneralName(bytes: Uint8Array, name: Element): SubjectAltName {
  switch (name.tag) {
    case 0xa0:
      return { type: 'other', value: formatOtherName(bytes, name) };
    case 0x81:
      return { type: 'email', value: latin1(content(bytes, name)) };
    case 0x82:
      return { type: 'dns', value: latin1(content(bytes, name)) };
    case 0xa3:
      return { type: 'other', value: `x400Address=${hexValue(bytes, name)}` };
    case 0xa4: {
      // Name is a CHOICE, so its tag is explicit: a SEQUENCE inside.
      return { type: 'dirName', value: formatName(bytes, onlyElement(bytes, name)) };
    }
    case 0xa5:
      checkEdiPartyName(bytes, name);
      return { type: 'other', value: `ediPartyName=${hexValue(bytes, name)}` };
    case 0x86:
      return { type: 'uri', value: latin1(content(bytes, name)) };
    case 0x87:
      return { type: 'ip', value: formatIpAddress(content(bytes, name)) };
    case 0x88:
      return { type: 'registeredId', value: decodeOid(content(bytes, name)) };
    default:
      throw new DerError(`a name has the tag 0x${name.tag.toString(16)}, which means nothing here`);
  }
}

/** `OID=value`, the value as RFC 4514 would write it: a user principal name reads `1.3.6.1.4.1.311.20.2.3=a@b.test`. */
function formatOtherName(bytes: Uint8Array, name: Element): string {
  const [type, wrapper, surplus] = children(bytes, name);
  if (type?.tag !== TAG.oid || wrapper?.tag !== 0xa0 || surplus !== undefined) {
    throw new DerError('an otherName is not a type with a value');
  }
  const value = onlyElement(bytes, wrapper);
  const text = decodeString(bytes, value);
  return `${decodeOid(content(bytes, type))}=${text === null ? hexValue(bytes, value) : escapeValue(text)}`;
}

/** The one element in an explicit tag. */
function onlyElement(bytes: Uint8Array, wrapper: Element): Element {
  const element = readElement(bytes, wrapper.contentStart, wrapper.contentEnd);
  if (element.end !== wrapper.contentEnd) throw new DerError('a name has more in it than one value');
  return element;
}

/** An assigner, perhaps, and a party. Nobody uses it, but OpenSSL refuses a certificate in which it is malformed. */
function checkEdiPartyName(bytes: Uint8Array, name: Element): void {
  const tags: number[] = [];
  for (const part of children(bytes, name)) {
    const string = onlyElement(bytes, part);
    const isText = DIRECTORY_STRINGS.has(string.tag) && decodeString(bytes, string) !== null;
    if (!isText || tags.push(part.tag) > 2) throw new DerError('an ediPartyName is malformed');
  }
  if (tags.at(-1) !== 0xa1 || (tags.length === 2 && tags[0] !== 0xa0)) {
    throw new DerError('an ediPartyName has no party');
  }
}

/** The types of a DirectoryString (RFC 5280 §4.1.2.4). */
const DIRECTORY_STRINGS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x1c, 0x1e]);

/** Dotted decimal, or IPv6 as RFC 5952 writes it. Throws DerError. */
export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) throw new DerError(`an IP address has ${octets.length} octets, not 4 or 16`);
  const groups = Buffer.from(octets).toString('hex').match(/.{4}/g) ?? [];
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
