import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../../core/name-key.ts';
import type { RevocationStatus, UnknownBecause } from '../../core/revocation.ts';
import { fingerprintOf, readCertificate } from '../certificate.ts';
import { locateFields } from '../certificate-fields.ts';
import { encoding } from '../der.ts';
import { extensionValue } from '../pointers.ts';
import type { Crl } from './crl.ts';
import { hasBit, MORE_TAGS, wholeValue } from './elements.ts';
import { objectionToCrlSignature } from './signature.ts';

/** Why something cannot be relied on. */
export interface Objection extends Pick<RevocationStatus, 'detail'> {
  readonly because: UnknownBecause;
}

// The certificates of a CA are judged by the same CRL, one after the other; hashing it is most of what that costs.
const verified = new WeakMap<Crl, { readonly issuer: string; readonly objection: Objection | null }>();

/** Why the CRL is not one of this CA; null where it is, by name, key usage and signature (RFC 5280 §6.3.3 f, g). Never throws. */
export function verifyCrl(crl: Crl, issuer: X509Certificate): Objection | null {
  const fingerprint = fingerprintOf(issuer);
  const known = verified.get(crl);
  if (known?.issuer === fingerprint) return known.objection;
  const objection = verify(crl, issuer);
  verified.set(crl, { issuer: fingerprint, objection });
  return objection;
}

function verify(crl: Crl, issuer: X509Certificate): Objection | null {
  try {
    if (!isNamed(crl, issuer)) return { because: 'foreign_issuer', detail: crl.issuer };
    if (!maySignCrls(issuer.raw)) return { because: 'crl_sign_missing' };
    const because = objectionToCrlSignature(crl.signed, issuer.publicKey);
    return because && { because };
  } catch (error) {
    // Neither its extensions nor its key need be readable.
    return { because: 'signature_invalid', detail: (error as Error).message };
  }
}

function isNamed(crl: Crl, issuer: X509Certificate): boolean {
  const { subject } = locateFields(issuer.raw);
  if (Buffer.compare(encoding(issuer.raw, subject), crl.issuerDer) === 0) return true;
  // The same name can be encoded in another way, which RFC 5280 §7.1 takes for equal. The key then decides.
  return nameKey(readCertificate(issuer).subject) === nameKey(crl.issuer);
}

const KEY_USAGE = Uint8Array.of(0x55, 0x1d, 0x0f);
const CRL_SIGN = 6;

/** RFC 5280 §6.3.3 f: only a key usage that is there can forbid it. Throws DerError. */
function maySignCrls(der: Uint8Array): boolean {
  const value = extensionValue(der, locateFields(der).extensions, KEY_USAGE);
  return value === null || hasBit(value, wholeValue(value, MORE_TAGS.bitString, 'keyUsage'), CRL_SIGN);
}
