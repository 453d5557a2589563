import type { KeyObject } from 'node:crypto';
import { constants, createPrivateKey, sign } from 'node:crypto';
import { oid } from '../x509/forge.ts';

/** DER with the shortest length, as OpenSSL writes it again before it verifies an OCSP response. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const octets = length.subarray(length.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 + octets.length), octets, body]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const octetString = (...parts: readonly Uint8Array[]): Buffer => der(0x04, ...parts);
export const enumerated = (value: number): Buffer => der(0x0a, Buffer.of(value));
export const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value, 'latin1'));

/** An INTEGER from a serial number in hex. */
export function integer(hex: string): Buffer {
  const octets = Buffer.from(hex, 'hex');
  return der(0x02, (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets);
}

export function generalizedTime(date: Date): Buffer {
  return text(0x18, `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`);
}

/** As RFC 5280 §4.1.2.5 wants dates before 2050. */
export function utcTime(date: Date): Buffer {
  return text(0x17, `${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`);
}

export function extensionOf(type: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.of(0xff))] : [];
  return sequence(oid(type), ...flag, octetString(value));
}

/** How to sign, where it is not what the key suggests. */
export type SigningMethod = 'sha1' | 'sha384' | 'pss' | 'pss-384' | 'pss-two-digests';

interface Signer {
  readonly algorithm: Buffer;
  readonly sign: (data: Uint8Array) => Buffer;
}

const NULL = Buffer.of(0x05, 0x00);
const RSA = { sha1: '5', sha256: '11', sha384: '12' } as const;
const ECDSA = { sha1: '1', sha256: '3.2', sha384: '3.3' } as const;
const SHA2 = { sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2' } as const;

/** A signature algorithm as its identifier, and the signing. */
export function signerFor(keyPem: string, method?: SigningMethod): Signer {
  const key = createPrivateKey(keyPem);
  const digest = method === 'sha1' ? 'sha1' : method?.endsWith('384') ? 'sha384' : 'sha256';
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (method === 'pss-two-digests') return pssSigner(key, 'sha256', 'sha384');
      if (method?.startsWith('pss')) return pssSigner(key, digest === 'sha384' ? 'sha384' : 'sha256');
      return {
        algorithm: sequence(oid(`1.2.840.113549.1.1.${RSA[digest]}`), NULL),
        sign: (data) => sign(digest, data, key),
      };
    case 'ec':
      return {
        algorithm: sequence(oid(`1.2.840.10045.4.${ECDSA[digest]}`)),
        sign: (data) => sign(digest, data, key),
      };
    case 'ed25519':
      return { algorithm: sequence(oid('1.3.101.112')), sign: (data) => sign(null, data, key) };
    case 'ml-dsa-65':
      return { algorithm: sequence(oid('2.16.840.1.101.3.4.3.18')), sign: (data) => sign(null, data, key) };
    default:
      throw new Error(`no signer for ${key.asymmetricKeyType}`);
  }
}

function pssSigner(key: KeyObject, digest: keyof typeof SHA2, maskDigest = digest): Signer {
  const hash = sequence(oid(SHA2[digest]), NULL);
  const maskHash = sequence(oid(SHA2[maskDigest]), NULL);
  const saltLength = digest === 'sha384' ? 48 : 32;
  const parameters = sequence(
    der(0xa0, hash),
    der(0xa1, sequence(oid('1.2.840.113549.1.1.8'), maskHash)),
    der(0xa2, der(0x02, Buffer.of(saltLength))),
  );
  return {
    algorithm: sequence(oid('1.2.840.113549.1.1.10'), parameters),
    sign: (data) => sign(digest, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
}

/** A signed structure: what is signed, the algorithm, the signature, and what follows. */
export function signed(tbs: Uint8Array, signer: Signer, ...rest: readonly Uint8Array[]): Buffer {
  return sequence(tbs, signer.algorithm, der(0x03, Buffer.of(0), signer.sign(tbs)), ...rest);
}
