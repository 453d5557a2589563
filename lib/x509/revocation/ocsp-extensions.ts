import type { Element } from '../der.ts';
import { readExtensions, unknownCritical } from './extensions.ts';
import { inside } from './fields.ts';

// None of these changes what a response says of the certificate (RFC 6960 §4.4, RFC 6962 §3.3).
const KNOWN: ReadonlySet<string> = new Set([
  '1.3.6.1.5.5.7.48.1.2', // nonce
  '1.3.6.1.5.5.7.48.1.3', // CRL references
  '1.3.6.1.5.5.7.48.1.6', // archive cutoff
  '1.3.6.1.5.5.7.48.1.9', // extended revoked definition
  '1.3.6.1.4.1.11129.2.4.5', // SCTs
  '2.5.29.21', // reasonCode: those of a CRL entry may stand here too (§4.4.5)
  '2.5.29.24', // invalidityDate
]);

/** The OIDs of critical extensions that are not known here, in a list inside an explicit tag. Throws DerError. */
export function unknownOcspExtensions(bytes: Uint8Array, wrapper: Element | null): string[] {
  return wrapper === null ? [] : unknownCritical(readExtensions(bytes, inside(bytes, wrapper)), KNOWN);
}
