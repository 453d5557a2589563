import { extensionValues, locateFields } from '../../../lib/x509/certificate-fields.ts';
import type { Element } from '../../../lib/x509/der.ts';
import { children, content, DerError, decodeOid, encoding, readElement, TAG } from '../../../lib/x509/der.ts';
import { decodeString } from '../../../lib/x509/der-string.ts';
import { formatName } from '../../../lib/x509/distinguished-name.ts';
import { readInstant } from '../../../lib/x509/instant.ts';
import { readSubjectAltNames } from '../../../lib/x509/subject-alt-names.ts';
import { encode } from '../der-tree.ts';
import { certificate } from '../grammar/certificate.ts';
import { generalNames, name } from '../grammar/names.ts';
import { anyStructure } from '../grammar/revocation.ts';
import { string, time } from '../grammar/values.ts';
import { define, type Target } from '../target.ts';
import { takesSubjectAltName } from './openssl.ts';

export const isDerError = (error: unknown): boolean => error instanceof DerError;

/** Every element, down to a depth, and what is wrong with where it lies. */
function walk(bytes: Buffer): { readonly elements: number; readonly objection: string | null } {
  let elements = 0;
  let objection: string | null = null;
  const visit = (element: Element, limit: number, depth: number) => {
    elements += 1;
    const { start, contentStart, contentEnd, end } = element;
    const inOrder = start < contentStart && contentStart <= contentEnd && contentEnd <= end && end <= limit;
    if (!inOrder) objection ??= `the element at ${start} lies outside of itself`;
    if (content(bytes, element).length !== contentEnd - contentStart)
      objection ??= 'content() has another length';
    if (encoding(bytes, element).length !== end - start) objection ??= 'encoding() has another length';
    if (element.tag === TAG.oid) decodeOid(content(bytes, element));
    if ((element.tag & 0x20) === 0 || depth > 20) return;
    let at = contentStart;
    for (const child of children(bytes, element)) {
      if (child.start !== at) objection ??= `there is a gap before the element at ${child.start}`;
      at = child.end;
      visit(child, contentEnd, depth + 1);
    }
    if (at !== contentEnd) objection ??= `the children of the element at ${start} do not fill it`;
  };
  visit(readElement(bytes), bytes.length, 0);
  return { elements, objection };
}

const CANONICAL = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** The same date by another way, for the one form that RFC 5280 §4.1.2.5 has; null for every other. */
function expectedInstant(bytes: Buffer): string | null {
  const { tag, contentStart, contentEnd } = readElement(bytes);
  const [, year = '', ...rest] = CANONICAL.exec(bytes.toString('latin1', contentStart, contentEnd)) ?? [];
  if (year.length !== (tag === 0x17 ? 2 : tag === 0x18 ? 4 : -1)) return null;
  const [month, day, hour, minute, second] = rest;
  const century = year.length === 4 ? '' : Number(year) >= 50 ? '19' : '20';
  const text = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const ms = Date.parse(text);
  // Date.parse lets the 30th of February pass for the 1st or 2nd of March.
  return !Number.isNaN(ms) && new Date(ms).toISOString() === `${text.slice(0, -1)}.000Z` ? text : null;
}

export const DER_TARGETS: readonly Target[] = [
  define({
    name: 'der',
    files: ['lib/x509/der.ts'],
    shape: 'der',
    generate: anyStructure,
    read: walk,
    mayThrow: isDerError,
    objection: (_bytes, { objection }) => objection,
  }),
  define({
    name: 'der-string',
    files: ['lib/x509/der-string.ts'],
    shape: 'der',
    generate: (random) => encode(string(random)),
    read: (bytes) => decodeString(bytes, readElement(bytes)),
    mayThrow: isDerError,
  }),
  define({
    name: 'instant',
    files: ['lib/x509/instant.ts'],
    shape: 'der',
    generate: (random) => encode(time(random)),
    read: (bytes) => readInstant(bytes, readElement(bytes)),
    // A date that anybody else reads is not refused.
    mayThrow: (error, bytes) =>
      isDerError(error) && (!/date/.test((error as Error).message) || expectedInstant(bytes) === null),
    objection: (bytes, iso) => {
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(iso) || Number.isNaN(Date.parse(iso)))
        return `${iso} is no instant`;
      const expected = expectedInstant(bytes);
      return expected === null || expected === iso ? null : `${iso}, where ${expected} is encoded`;
    },
  }),
  define({
    name: 'name',
    files: ['lib/x509/distinguished-name.ts', 'lib/x509/der-string.ts'],
    shape: 'der',
    generate: (random) => encode(name(random)),
    read: (bytes) => formatName(bytes, readElement(bytes)),
    mayThrow: isDerError,
    objection: (bytes, formatted) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what may not be there.
      if (/[\u0000-\u001f\u007f]/.test(formatted)) return 'a control character is not escaped';
      // Nothing is written of an RDN without attributes.
      const rdns = [...children(bytes, readElement(bytes))].filter(
        (rdn) => rdn.contentStart < rdn.contentEnd,
      );
      const commas = unescaped(formatted, ',');
      return commas === Math.max(0, rdns.length - 1) ? null : 'the commas do not separate its parts';
    },
  }),
  define({
    name: 'subject-alt-names',
    files: ['lib/x509/subject-alt-names.ts', 'lib/x509/distinguished-name.ts'],
    shape: 'der',
    generate: (random) => encode(generalNames(random)),
    read: readSubjectAltNames,
    mayThrow: isDerError,
    objection: (bytes, names) => {
      if (names.length !== [...children(bytes, readElement(bytes))].length) return 'names are missing';
      return takesSubjectAltName(bytes) ? null : 'OpenSSL refuses the list';
    },
  }),
  define({
    name: 'certificate-fields',
    files: ['lib/x509/certificate-fields.ts'],
    shape: 'der',
    generate: (random) => encode(certificate(random)),
    read: (bytes) => {
      const fields = locateFields(bytes);
      const values =
        fields.extensions && extensionValues(bytes, fields.extensions, Buffer.from('551d11', 'hex'));
      return { fields, values };
    },
    mayThrow: isDerError,
  }),
];

/** How often it stands there without a backslash. */
function unescaped(text: string, character: string): number {
  return text.replace(/\\./gs, '').split(character).length - 1;
}
