import type { CrlReason } from '../../core/revocation.ts';
import type { Element } from '../der.ts';
import { DerError, readElement, TAG } from '../der.ts';
import type { DistributionPointName } from './distribution-point.ts';
import { readPointName, readReasons } from './distribution-point.ts';
import { fewChildren, isTrue, readNumber, wholeValue } from './elements.ts';
import { readExtensions, unknownCritical } from './extensions.ts';

/** What a CRL says of itself in its extensions (RFC 5280 §5.2). */
export interface CrlExtensions {
  /** Lower-case hex; null where it has none. */
  readonly number: string | null;
  /** The number of the CRL that this delta CRL adds to; null where it is a complete one. */
  readonly deltaOf: string | null;
  /** What it is about, where that is not every certificate of its issuer. */
  readonly scope: CrlScope | null;
  /** OIDs of critical extensions that are not known here: such a CRL says nothing (RFC 5280 §5.2). */
  readonly unknownCritical: readonly string[];
}

/** The issuingDistributionPoint (RFC 5280 §5.2.5). */
interface CrlScope {
  readonly name: DistributionPointName | null;
  readonly onlyUserCertificates: boolean;
  readonly onlyCaCertificates: boolean;
  readonly onlyAttributeCertificates: boolean;
  /** Null for all reasons. */
  readonly onlySomeReasons: readonly CrlReason[] | null;
  /** It may list certificates of other issuers. */
  readonly indirectCrl: boolean;
}

const CRL_NUMBER = '2.5.29.20';
const DELTA_CRL_INDICATOR = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';

// The last ones need no reading: neither names of the issuer nor hints where more is to be found change what is listed.
const KNOWN: ReadonlySet<string> = new Set([
  CRL_NUMBER,
  DELTA_CRL_INDICATOR,
  ISSUING_DISTRIBUTION_POINT,
  '2.5.29.18', // issuerAltName
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.46', // freshestCRL
  '2.5.29.60', // expiredCertsOnCRL
  '1.3.6.1.5.5.7.1.1', // authorityInfoAccess
]);

/** Decodes the SEQUENCE of extensions, or what is so where there is none. Throws DerError. */
export function readCrlExtensions(bytes: Uint8Array, list: Element | null): CrlExtensions {
  let number: string | null = null;
  let deltaOf: string | null = null;
  let scope: CrlScope | null = null;
  const extensions = list === null ? [] : readExtensions(bytes, list);
  for (const { oid, value } of extensions) {
    if (oid === CRL_NUMBER) number = readNumber(value, readElement(value), 'the CRL number');
    else if (oid === DELTA_CRL_INDICATOR)
      deltaOf = readNumber(value, readElement(value), 'the base CRL number');
    else if (oid === ISSUING_DISTRIBUTION_POINT) scope = readScope(value);
  }
  return { number, deltaOf, scope, unknownCritical: unknownCritical(extensions, KNOWN) };
}

function readScope(value: Uint8Array): CrlScope {
  let name: DistributionPointName | null = null;
  let onlySomeReasons: readonly CrlReason[] | null = null;
  const flags = new Set<number>();
  const list = wholeValue(value, TAG.sequence, 'issuingDistributionPoint');
  for (const part of fewChildren(value, list, 6, 'issuingDistributionPoint')) {
    if (part.tag === 0xa0) name = readPointName(value, part);
    else if (part.tag === 0x83) onlySomeReasons = readReasons(value, part);
    else if (part.tag < 0x81 || part.tag > 0x85)
      throw new DerError('issuingDistributionPoint has an unknown part');
    else if (isTrue(value, part)) flags.add(part.tag);
  }
  return {
    name,
    onlyUserCertificates: flags.has(0x81),
    onlyCaCertificates: flags.has(0x82),
    onlySomeReasons,
    indirectCrl: flags.has(0x84),
    onlyAttributeCertificates: flags.has(0x85),
  };
}
