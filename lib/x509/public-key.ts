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
    const { reason } = error as { reason?: string };
    return { unreadable: `the public key cannot be decoded (${reason ?? (error as Error).message})` };
  }
}

function describe(key: KeyObject): PublicKeyReading {
  const type = key.asymmetricKeyType;
  // SM2, for one.
  if (type === undefined) return { unreadable: 'the public key is of a kind that Node.js does not know' };
  const keyAlgorithm = displayName(type);
  const details = key.asymmetricKeyDetails;
  if (type !== 'ec') return { keyAlgorithm, keySize: details?.modulusLength ?? null };
  // Parameters that are spelt out and belong to no known curve have no name.
  const keyCurve = details?.namedCurve;
  return { keyAlgorithm, keySize: curveSize(keyCurve), ...(keyCurve === undefined ? {} : { keyCurve }) };
}

function displayName(type: string): string {
  // Edwards curves are written like names, the parameter sets of FIPS 205 with a small letter at the end.
  if (/^ed\d/.test(type)) return `E${type.slice(1)}`;
  if (type.startsWith('slh-dsa')) return type.slice(0, -1).toUpperCase() + type.slice(-1);
  return type.toUpperCase();
}

/** OpenSSL's curve names carry the size of the field: `prime256v1`, `secp521r1`, `brainpoolP384r1`. */
function curveSize(curve: string | undefined): number | null {
  const digits = curve?.match(/\d{3}/)?.[0];
  return digits === undefined ? null : Number(digits);
}
