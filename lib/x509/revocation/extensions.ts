import type { Element } from '../der.ts';
import { content, DerError, decodeOid, TAG } from '../der.ts';
import { fewChildren, isTrue, MORE_TAGS } from './elements.ts';

/** One of a list of extensions (RFC 5280 §4.1.2.9). */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

// Nothing that is signed here has a dozen.
const MAX_EXTENSIONS = 64;

/** A SEQUENCE of extensions. Throws DerError, for one that is there twice as well. */
export function readExtensions(bytes: Uint8Array, list: Element): Extension[] {
  const extensions: Extension[] = [];
  for (const element of fewChildren(bytes, list, MAX_EXTENSIONS, 'extensions')) {
    const [type, second, third] = fewChildren(bytes, element, 3, 'an extension');
    const value = third ?? second;
    if (type?.tag !== TAG.oid || value?.tag !== TAG.octetString)
      throw new DerError('an extension is malformed');
    const oid = decodeOid(content(bytes, type));
    if (extensions.some((known) => known.oid === oid))
      throw new DerError(`the extension ${oid} is there twice`);
    const critical = third !== undefined && second?.tag === MORE_TAGS.boolean && isTrue(bytes, second);
    extensions.push({ oid, critical, value: content(bytes, value) });
  }
  return extensions;
}

/** The OIDs of those that are critical and not among `known`: what has one must not be relied on (RFC 5280 §4.2). */
export function unknownCritical(extensions: readonly Extension[], known: ReadonlySet<string>): string[] {
  return extensions.filter(({ oid, critical }) => critical && !known.has(oid)).map(({ oid }) => oid);
}
