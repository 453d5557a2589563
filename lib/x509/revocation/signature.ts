import type { KeyObject } from 'node:crypto';
import { constants, verify } from 'node:crypto';
import type { Element } from '../der.ts';
import { content, DerError, decodeOid, encoding, expectElement, readElement, TAG } from '../der.ts';
import { bitStringOctets, fewChildren, readNumber } from './elements.ts';

/** What is signed, how, and the signature (the SIGNED of RFC 5280 §4.1, and of RFC 6960 §4.2.1). Views of the bytes. */
export interface SignedParts {
  readonly content: Uint8Array;
  /** The AlgorithmIdentifier in DER. */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** Splits a SEQUENCE of what is signed, the algorithm and the signature. `rest` is what may follow. Throws DerError. */
export function readSignedParts(
  der: Uint8Array,
  what: string,
): { readonly signed: SignedParts; readonly tbs: Element; readonly rest: Element | undefined } {
  // Indefinite lengths are no DER, and finding their end would visit every entry of a CRL.
  if (der[1] === 0x80) throw new DerError(`the length of the ${what} is indefinite`);
  const outer = expectElement(der, TAG.sequence, what);
  if (der[outer.contentStart + 1] === 0x80) throw new DerError(`the length inside the ${what} is indefinite`);
  const [tbs, algorithm, signature, rest] = fewChildren(der, outer, 4, what);
  if (tbs?.tag !== TAG.sequence || algorithm?.tag !== TAG.sequence || signature === undefined) {
    throw new DerError(`the ${what} is not something with a signature`);
  }
  return {
    signed: {
      content: encoding(der, tbs),
      algorithm: encoding(der, algorithm),
      signature: bitStringOctets(der, signature, 'the signature'),
    },
    tbs,
    rest,
  };
}

/** How a signature is verified, and with what kind of key. */
interface Scheme {
  /** OpenSSL's name of the digest; null where the algorithm has its own. */
  readonly digest: string | null;
  readonly keyTypes: readonly string[];
  readonly saltLength?: number;
}

const RSA = ['rsa'];
const EC = ['ec'];

// SHA-1 is in use for CRLs of private CAs, and with the content of a CRL nobody can prepare a collision as with that of a
// certificate, or of an OCSP response about numbers and extensions that somebody else chose. MD5 is not here: such a
// signature says nothing any more.
const SCHEMES: Readonly<Record<string, Scheme>> = {
  '1.2.840.113549.1.1.5': { digest: 'sha1', keyTypes: RSA },
  '1.2.840.113549.1.1.14': { digest: 'sha224', keyTypes: RSA },
  '1.2.840.113549.1.1.11': { digest: 'sha256', keyTypes: RSA },
  '1.2.840.113549.1.1.12': { digest: 'sha384', keyTypes: RSA },
  '1.2.840.113549.1.1.13': { digest: 'sha512', keyTypes: RSA },
  '1.2.840.10045.4.1': { digest: 'sha1', keyTypes: EC },
  '1.2.840.10045.4.3.1': { digest: 'sha224', keyTypes: EC },
  '1.2.840.10045.4.3.2': { digest: 'sha256', keyTypes: EC },
  '1.2.840.10045.4.3.3': { digest: 'sha384', keyTypes: EC },
  '1.2.840.10045.4.3.4': { digest: 'sha512', keyTypes: EC },
  '1.3.101.112': { digest: null, keyTypes: ['ed25519'] },
  '1.3.101.113': { digest: null, keyTypes: ['ed448'] },
  '2.16.840.1.101.3.4.3.17': { digest: null, keyTypes: ['ml-dsa-44'] },
  '2.16.840.1.101.3.4.3.18': { digest: null, keyTypes: ['ml-dsa-65'] },
  '2.16.840.1.101.3.4.3.19': { digest: null, keyTypes: ['ml-dsa-87'] },
};

const RSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';
const PSS_DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** What is wrong with the signature of a CRL by this key; null where it verifies. Never throws. */
export function objectionToCrlSignature(signed: SignedParts, key: KeyObject): SignatureObjection | null {
  return objectionTo(signed, key, true);
}

/** The same of anything else: not over SHA-1. Never throws. */
export function objectionToSignature(signed: SignedParts, key: KeyObject): SignatureObjection | null {
  return objectionTo(signed, key, false);
}

type SignatureObjection = 'algorithm_unsupported' | 'signature_invalid';

function objectionTo(
  { content: data, algorithm, signature }: SignedParts,
  key: KeyObject,
  isSha1Taken: boolean,
): SignatureObjection | null {
  let scheme: Scheme | undefined;
  try {
    scheme = schemeOf(algorithm);
  } catch {
    return 'algorithm_unsupported';
  }
  if (scheme === undefined || (scheme.digest === 'sha1' && !isSha1Taken)) return 'algorithm_unsupported';
  if (!scheme.keyTypes.includes(key.asymmetricKeyType ?? '')) return 'signature_invalid';
  const { digest, saltLength } = scheme;
  const padding = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  try {
    return verify(digest, data, { key, ...padding }, signature) ? null : 'signature_invalid';
  } catch {
    return 'signature_invalid'; // OpenSSL finds the key and the signature at odds
  }
}

function schemeOf(algorithm: Uint8Array): Scheme | undefined {
  const [type, parameters] = fewChildren(algorithm, readElement(algorithm), 2, 'algorithm');
  const oid = oidOf(algorithm, type);
  if (oid !== RSA_PSS) return Object.hasOwn(SCHEMES, oid) ? SCHEMES[oid] : undefined;
  return parameters === undefined ? undefined : pssScheme(algorithm, parameters);
}

/** RSASSA-PSS-params (RFC 4055 §3.1). Only with one digest for both uses: Node.js takes no other. */
function pssScheme(bytes: Uint8Array, parameters: Element): Scheme | undefined {
  let digest: string | undefined = 'sha1';
  let maskDigest: string | undefined = 'sha1';
  let saltLength = 20;
  for (const part of fewChildren(bytes, parameters, 4, 'RSASSA-PSS-params')) {
    const value = readElement(bytes, part.contentStart, part.contentEnd);
    if (part.tag === 0xa0) digest = digestOf(bytes, value);
    else if (part.tag === 0xa1) {
      const [type, inner] = fewChildren(bytes, value, 2, 'the mask generation');
      if (oidOf(bytes, type) !== MGF1 || inner === undefined) return undefined;
      maskDigest = digestOf(bytes, inner);
    } else if (part.tag === 0xa2)
      saltLength = Number.parseInt(readNumber(bytes, value, 'the salt length'), 16);
    else if (part.tag !== 0xa3 || readNumber(bytes, value, 'the trailer') !== '01') return undefined;
  }
  if (digest === undefined || digest !== maskDigest) return undefined;
  return { digest, keyTypes: ['rsa', 'rsa-pss'], saltLength };
}

function digestOf(bytes: Uint8Array, algorithm: Element): string | undefined {
  const oid = oidOf(bytes, fewChildren(bytes, algorithm, 2, 'algorithm')[0]);
  return Object.hasOwn(PSS_DIGESTS, oid) ? PSS_DIGESTS[oid] : undefined;
}

function oidOf(bytes: Uint8Array, element: Element | undefined): string {
  if (element?.tag !== TAG.oid) throw new DerError('an algorithm is not named by an OID');
  return decodeOid(content(bytes, element));
}
