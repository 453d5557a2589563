import type { Element } from './der.ts';
import { children, content, DerError, decodeOid, encoding, TAG } from './der.ts';
import { decodeString } from './der-string.ts';

/**
 * Short names of attribute types: the ones that RFC 4514 §3 fixes, then OpenSSL's for what certificates use besides.
 * Any other type is written as its OID with the value in hexadecimal.
 */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.20': 'telephoneNumber',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
};

/** A Name (RFC 5280 §4.1.2.4) as an RFC 4514 string, the last RDN first. Throws DerError where it is not a Name. */
export function formatName(bytes: Uint8Array, name: Element): string {
  if (name.tag !== TAG.sequence) throw new DerError('a name is not a SEQUENCE');
  const rdns: string[] = [];
  for (const rdn of children(bytes, name)) {
    if (rdn.tag !== TAG.set) throw new DerError('a relative distinguished name is not a SET');
    const attributes: string[] = [];
    for (const attribute of children(bytes, rdn)) attributes.push(formatAttribute(bytes, attribute));
    // X.501 §9.3 forbids an empty one; as OpenSSL does, nothing is written where nothing is said.
    if (attributes.length > 0) rdns.push(attributes.join('+'));
  }
  return rdns.reverse().join(',');
}

function formatAttribute(bytes: Uint8Array, attribute: Element): string {
  const [type, value, surplus] = children(bytes, attribute);
  if (
    attribute.tag !== TAG.sequence ||
    type?.tag !== TAG.oid ||
    value === undefined ||
    surplus !== undefined
  ) {
    throw new DerError('an attribute of a name is not a type with a value');
  }
  const oid = decodeOid(content(bytes, type));
  const shortName = SHORT_NAMES[oid];
  const text = shortName === undefined ? null : decodeString(bytes, value);
  // RFC 4514 §2.4: what has no short name or is not a string is given as the hexadecimal of its encoding.
  return `${shortName ?? oid}=${text === null ? hexValue(bytes, value) : escapeValue(text)}`;
}

/** `#` and the hexadecimal of the whole element (RFC 4514 §2.4). */
export function hexValue(bytes: Uint8Array, element: Element): string {
  return `#${Buffer.from(encoding(bytes, element)).toString('hex').toUpperCase()}`;
}

const SPECIAL = /^[ #]|[ ]$|["+,;<>\\]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
const CONTROL = /[\u0000-\u001f\u007f]/g;

/**
 * An attribute value as RFC 4514 §2.4 writes it. Control characters are escaped too, as OpenSSL does: the standard
 * demands it of NUL and allows it of any.
 */
export function escapeValue(text: string): string {
  return text
    .replace(SPECIAL, '\\$&')
    .replace(CONTROL, (c) => `\\${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
