import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Certificate } from '../core/certificate.ts';

/** What a certificate says about its key, or why the key cannot be decoded. */
export type PublicKeyReading =
  | Pick<Certificate, 'keyAlgorithm' | 'keySize' | 'keyCurve'>
  | { readonly unreadable: string };

/**
 * Names the certified key. Uses the `publicKey` getter only, which throws on a key that OpenSSL cannot decode; the
 * legacy object form of a certificate ends the process on the same key.
 */
export function readPublicKey(x509: X509Certificate): PublicKeyReading {
  try {
    return describe(x509.publicKey);
  } catch (error) {
    return { unreadable: `the public key cannot be decoded: ${(error as Error).message}` };
  }
}

function describe(key: KeyObject): Pick<Certificate, 'keyAlgorithm' | 'keySize' | 'keyCurve'> {
  const type = key.asymmetricKeyType ?? 'unknown';
  const keyAlgorithm = displayName(type);
  const details = key.asymmetricKeyDetails;
  if (type !== 'ec') return { keyAlgorithm, keySize: details?.modulusLength ?? null };
  // Explicit parameters have no name (RFC 5480 §2.1.1 forbids them, hardware tokens produce them).
  const keyCurve = details?.namedCurve;
  return { keyAlgorithm, keySize: curveSize(keyCurve), ...(keyCurve === undefined ? {} : { keyCurve }) };
}

function displayName(type: string): string {
  // Edwards and Montgomery curves are written like names; every other algorithm is an acronym.
  if (/^ed\d/.test(type)) return `E${type.slice(1)}`;
  return type.toUpperCase();
}

/** OpenSSL's curve names carry the size of the field: `prime256v1`, `secp521r1`, `brainpoolP384r1`. */
function curveSize(curve: string | undefined): number | null {
  if (curve === 'SM2') return 256;
  const digits = curve?.match(/\d{3}/)?.[0];
  return digits === undefined ? null : Number(digits);
}
