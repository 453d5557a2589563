import { extensionValues, locateFields } from './certificate-fields.ts';
import type { Element } from './der.ts';
import { children, content, DerError, TAG } from './der.ts';
import { latin1 } from './der-string.ts';
import type { DistributionPoint } from './revocation/distribution-point.ts';
import { MAX_URL_LENGTH, MAX_URLS, readDistributionPoints } from './revocation/distribution-point.ts';
import { fewChildren, MORE_TAGS, wholeValue } from './revocation/elements.ts';
import type { EmbeddedScts } from './revocation/scts.ts';
import { readScts } from './revocation/scts.ts';

/** Where a certificate says that more is to be learned: about its revocation, its issuer and its logging. */
export interface Pointers {
  /** Empty where there is no such extension; null where it cannot be read, which is not the same. So for every field. */
  readonly distributionPoints: readonly DistributionPoint[] | null;
  readonly authorityInfo: AuthorityInfo | null;
  /** Numbers of TLS extensions that the server has to honour (RFC 7633); 5 is a stapled OCSP response. */
  readonly tlsFeatures: readonly number[] | null;
  /** There is an extension that demands a stapled OCSP response: "must-staple". */
  readonly mustStaple: boolean;
  readonly scts: EmbeddedScts | null;
  /** The CA publishes nothing about the revocation of this one (RFC 9608). */
  readonly noRevocationAvailable: boolean;
  /** Of an OCSP responder: nobody need ask whether it was revoked itself (RFC 6960 §4.2.2.2.1). */
  readonly ocspNoCheck: boolean;
  /** Why a field is null. Absent where everything could be read. */
  readonly unreadable?: Readonly<Partial<Record<PointerField, string>>>;
}

type PointerField = 'distributionPoints' | 'authorityInfo' | 'tlsFeatures' | 'scts' | 'extensions';

/** URLs in their order, at most `MAX_URLS` of each kind. From outside: whoever fetches judges them. */
interface AuthorityInfo {
  readonly ocspUrls: readonly string[];
  readonly caIssuersUrls: readonly string[];
  /** Entries that are left out: too many, too long, or no URL. */
  readonly omitted: number;
}

const STATUS_REQUEST = 5;
const AUTHORITY_INFO_ACCESS = Buffer.from('2b06010505070101', 'hex');
const TLS_FEATURE = Buffer.from('2b06010505070118', 'hex');
const OCSP_NO_CHECK = Buffer.from('2b0601050507300105', 'hex');
const SCT_LIST = Buffer.from('2b06010401d679020402', 'hex');
const CRL_DISTRIBUTION_POINTS = Uint8Array.of(0x55, 0x1d, 0x1f);
const NO_REV_AVAIL = Uint8Array.of(0x55, 0x1d, 0x38);

const ACCESS_OCSP = Buffer.from('2b06010505073001', 'hex');
const ACCESS_CA_ISSUERS = Buffer.from('2b06010505073002', 'hex');

/** What a certificate, in DER, points to. Never throws: what cannot be read is null and has its reason in `unreadable`. */
export function readPointers(der: Uint8Array): Pointers {
  const unreadable: Partial<Record<PointerField, string>> = {};
  const attempt = <Value>(field: PointerField, decode: () => Value): Value | null => {
    try {
      return decode();
    } catch (error) {
      unreadable[field] = (error as Error).message;
      return null;
    }
  };
  const fields = attempt('extensions', () => locateFields(der));
  const one = (oid: Uint8Array): Uint8Array | null => {
    if (fields === null) throw new DerError('the extensions cannot be found');
    return extensionValue(der, fields.extensions, oid);
  };
  const read = <Value>(
    field: PointerField,
    oid: Uint8Array,
    none: Value,
    decode: (value: Uint8Array) => Value,
  ) =>
    attempt(field, () => {
      const value = one(oid);
      return value === null ? none : decode(value);
    });
  const isThere = (oid: Uint8Array) => attempt('extensions', () => one(oid) !== null) ?? false;

  const tlsFeatures = read('tlsFeatures', TLS_FEATURE, [], readFeatures);
  return {
    distributionPoints: read('distributionPoints', CRL_DISTRIBUTION_POINTS, [], (value) =>
      readDistributionPoints(value, wholeValue(value, TAG.sequence, 'cRLDistributionPoints')),
    ),
    authorityInfo: read('authorityInfo', AUTHORITY_INFO_ACCESS, NO_INFO, readAuthorityInfo),
    tlsFeatures,
    mustStaple: tlsFeatures?.includes(STATUS_REQUEST) ?? false,
    scts: read('scts', SCT_LIST, { count: 0, list: [] }, readScts),
    noRevocationAvailable: isThere(NO_REV_AVAIL),
    ocspNoCheck: isThere(OCSP_NO_CHECK),
    ...(Object.keys(unreadable).length > 0 ? { unreadable } : {}),
  };
}

/** The value of the extension with this OID; null where there is none. Throws DerError where there are several. */
export function extensionValue(
  der: Uint8Array,
  extensions: Element | null,
  oid: Uint8Array,
): Uint8Array | null {
  const [value, second] = extensions === null ? [] : extensionValues(der, extensions, oid);
  if (second !== undefined) throw new DerError('there is more than one such extension');
  return value ?? null;
}

const NO_INFO: AuthorityInfo = { ocspUrls: [], caIssuersUrls: [], omitted: 0 };

/** AccessDescriptions (RFC 5280 §4.2.2.1). Throws DerError. */
function readAuthorityInfo(value: Uint8Array): AuthorityInfo {
  const ocspUrls: string[] = [];
  const caIssuersUrls: string[] = [];
  let omitted = 0;
  for (const description of children(value, wholeValue(value, TAG.sequence, 'authorityInfoAccess'))) {
    const [method, location, surplus] = children(value, description);
    if (method?.tag !== TAG.oid || location === undefined || surplus !== undefined) {
      throw new DerError('an access description is not a method with a location');
    }
    const url = content(value, location);
    const list = listOf(content(value, method));
    // A location can be any GeneralName; the tag of a URI is 6.
    const fits = location.tag === 0x86 && url.length <= MAX_URL_LENGTH;
    if (list !== undefined && fits && list.length < MAX_URLS) list.push(latin1(url));
    else omitted++;
  }
  return { ocspUrls, caIssuersUrls, omitted };

  function listOf(method: Uint8Array): string[] | undefined {
    if (ACCESS_OCSP.equals(method)) return ocspUrls;
    return ACCESS_CA_ISSUERS.equals(method) ? caIssuersUrls : undefined;
  }
}

// RFC 7633 §4: a SEQUENCE of INTEGER, each the number of a TLS extension. There are not thirty in all the registry.
const MAX_FEATURES = 64;

function readFeatures(value: Uint8Array): number[] {
  const list = wholeValue(value, TAG.sequence, 'TLS feature');
  return fewChildren(value, list, MAX_FEATURES, 'TLS features').map((feature) => {
    const octets = content(value, feature);
    if (feature.tag !== MORE_TAGS.integer || octets.length === 0 || octets.length > 3) {
      throw new DerError('a TLS feature is not the number of an extension');
    }
    return Buffer.from(octets).readIntBE(0, octets.length);
  });
}
