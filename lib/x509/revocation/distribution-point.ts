import { nameKey } from '../../core/name-key.ts';
import { CRL_REASONS, type CrlReason } from '../../core/revocation.ts';
import type { Element } from '../der.ts';
import { children, content, DerError, readElement, TAG } from '../der.ts';
import { latin1 } from '../der-string.ts';
import { fewChildren, hasBit, readName } from './elements.ts';
import { encodeElement } from './encode.ts';

/** What a CRL is known by: in the certificate that points to it, and in the CRL itself (RFC 5280 §4.2.1.13, §5.2.5). */
export interface DistributionPointName {
  /** URIs in their order: http, ldap, anything. From outside: whoever fetches judges them. */
  readonly urls: readonly string[];
  /** RFC 4514 strings. */
  readonly directoryNames: readonly string[];
  /** The RDN to be added to the name of the CRL's issuer, as an RFC 4514 string; null where the name is not of this form. */
  readonly relativeName: string | null;
  /** Names that are left out: too many, too long, or of a kind that nobody uses here. */
  readonly omitted: number;
}

/** One place where a certificate says that a CRL is. */
export interface DistributionPoint extends DistributionPointName {
  /** The reasons that its CRL covers; null for all. */
  readonly reasons: readonly CrlReason[] | null;
  /** Who signs the CRL in place of the CA, as an RFC 4514 string; null where the CA itself does. */
  readonly crlIssuer: string | null;
}

/** How many URLs of one certificate or CRL are kept, and of what length. */
export const MAX_URLS = 16;
export const MAX_URL_LENGTH = 2000;

const URI = 0x86;
const DIRECTORY_NAME = 0xa4;
const FULL_NAME = 0xa0;
const RELATIVE_NAME = 0xa1;

/** Every distribution point of a list, whose URLs together are no more than `MAX_URLS`. Throws DerError. */
export function readDistributionPoints(bytes: Uint8Array, list: Element): DistributionPoint[] {
  let room = MAX_URLS;
  const points: DistributionPoint[] = [];
  for (const element of fewChildren(bytes, list, MAX_URLS, 'distribution points')) {
    const point = readDistributionPoint(bytes, element, room);
    room -= point.urls.length;
    points.push(point);
  }
  return points;
}

function readDistributionPoint(bytes: Uint8Array, element: Element, room: number): DistributionPoint {
  if (element.tag !== TAG.sequence) throw new DerError('a distribution point is not a SEQUENCE');
  let name: DistributionPointName = { urls: [], directoryNames: [], relativeName: null, omitted: 0 };
  let reasons: readonly CrlReason[] | null = null;
  let crlIssuer: string | null = null;
  for (const part of fewChildren(bytes, element, 3, 'a distribution point')) {
    if (part.tag === 0xa0) name = readPointName(bytes, part, room);
    else if (part.tag === 0x81) reasons = readReasons(bytes, part);
    else if (part.tag === 0xa2) crlIssuer = readCrlIssuer(bytes, part);
    else throw new DerError(`a distribution point has a part with the tag 0x${part.tag.toString(16)}`);
  }
  return { ...name, reasons, crlIssuer };
}

/** The DistributionPointName inside its explicit tag. Throws DerError. */
export function readPointName(bytes: Uint8Array, wrapper: Element, room = MAX_URLS): DistributionPointName {
  const name = readElement(bytes, wrapper.contentStart, wrapper.contentEnd);
  if (name.tag === RELATIVE_NAME) {
    const lone = encodeElement(TAG.sequence, encodeElement(TAG.set, content(bytes, name)));
    return { urls: [], directoryNames: [], relativeName: readName(lone, readElement(lone)), omitted: 0 };
  }
  if (name.tag !== FULL_NAME) throw new DerError('the name of a distribution point is of no known form');
  return { ...readNames(bytes, name, room), relativeName: null };
}

/** The URIs and directory names among GeneralNames. Throws DerError. */
export function readNames(
  bytes: Uint8Array,
  list: Element,
  room = MAX_URLS,
): Pick<DistributionPointName, 'urls' | 'directoryNames' | 'omitted'> {
  const urls: string[] = [];
  const directoryNames: string[] = [];
  let omitted = 0;
  for (const name of children(bytes, list)) {
    const length = name.contentEnd - name.contentStart;
    if (name.tag === URI && urls.length < room && length <= MAX_URL_LENGTH) {
      urls.push(latin1(content(bytes, name)));
    } else if (name.tag === DIRECTORY_NAME && directoryNames.length < MAX_URLS) {
      // Name is a CHOICE, so its tag is explicit.
      directoryNames.push(readName(bytes, readElement(bytes, name.contentStart, name.contentEnd)));
    } else omitted++;
  }
  return { urls, directoryNames, omitted };
}

function readCrlIssuer(bytes: Uint8Array, list: Element): string {
  const [name] = readNames(bytes, list).directoryNames;
  if (name === undefined) throw new DerError('the issuer of a CRL has no directory name');
  return name;
}

// ReasonFlags (RFC 5280 §4.2.1.13) count up to the hold as the codes do; removal is not among them, so the rest differ.
const REASON_OF_BIT = [1, 2, 3, 4, 5, 6, 9, 10].map((code) => CRL_REASONS[code] ?? 'unspecified');

/** ReasonFlags; null where they name every reason there is, which is as good as naming none. */
export function readReasons(bytes: Uint8Array, bitString: Element): readonly CrlReason[] | null {
  const reasons = REASON_OF_BIT.filter((_, index) => hasBit(bytes, bitString, index + 1));
  return reasons.length === REASON_OF_BIT.length ? null : reasons;
}

/** Whether two names have one in common (RFC 5280 §6.3.3 b 2 i). `issuer` is what relative ones are relative to. */
export function shareName(a: DistributionPointName, b: DistributionPointName, issuer: string): boolean {
  const known = new Set(comparable(a, issuer));
  return comparable(b, issuer).some((name) => known.has(name));
}

function comparable({ urls, directoryNames, relativeName }: DistributionPointName, issuer: string): string[] {
  // An RFC 4514 string begins with the last RDN, so what is added to a name stands in front.
  const names = relativeName === null ? directoryNames : [...directoryNames, `${relativeName},${issuer}`];
  return [...urls.map(urlKey), ...names.map((name) => `name ${nameKey(name)}`)];
}

/** RFC 5280 §7.4: scheme and host are compared without regard to case, the rest as it is. */
function urlKey(url: string): string {
  return `url ${url.replace(/^[^/]*\/\/[^/]*/, (start) => start.toLowerCase())}`;
}
