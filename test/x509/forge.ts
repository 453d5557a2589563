import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { children, encoding, readElement } from '../../lib/x509/der.ts';
import type { Issued } from '../support/pki.ts';

/** DER with whatever is asked for, right or wrong. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([Buffer.of(tag, 0x84), length, body]);
}

/** The same with an indefinite length, which DER forbids and OpenSSL takes. */
export function indefinite(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);
}

export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const octets = [first * 40n + second, ...rest].flatMap((arc) => {
    const septets = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) septets.unshift(Number(left & 0x7fn) | 0x80);
    return septets;
  });
  return tlv(0x06, Buffer.from(octets));
}

export const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));

/** A Name of RDNs, each a list of type and value, in the order of the encoding. */
export function name(...rdns: readonly (readonly [string, Uint8Array])[][]): Buffer {
  const sets = rdns.map((rdn) => tlv(0x31, ...rdn.map(([type, value]) => tlv(0x30, oid(type), value))));
  return tlv(0x30, ...sets);
}

export function extension(type: string, value: Uint8Array): Buffer {
  return tlv(0x30, oid(type), tlv(0x04, value));
}

/** Parts of a certificate to put in place of the ones that were minted. */
export interface Parts {
  readonly serialNumber?: Buffer;
  readonly validity?: Buffer;
  readonly subject?: Buffer;
  readonly issuer?: Buffer;
  readonly publicKeyInfo?: Buffer;
  /** The content of the SEQUENCE of extensions. */
  readonly extensions?: readonly Buffer[];
  /** Version 1: no version field and no extensions. */
  readonly version1?: boolean;
}

/** A minted certificate with parts exchanged, signed again with the key of `signer`. */
export function forge(base: Issued, parts: Parts, signer: Issued = base): Buffer {
  const { der } = base;
  const [tbs, algorithm] = [...children(der, readElement(der))];
  if (!tbs || !algorithm) throw new Error('not a certificate');
  const fields = [...children(der, tbs)].map((field) => encoding(der, field));
  const replacements = [
    undefined,
    parts.serialNumber,
    undefined,
    parts.issuer,
    parts.validity,
    parts.subject,
    parts.publicKeyInfo,
    parts.extensions && tlv(0xa3, tlv(0x30, ...parts.extensions)),
  ];
  const replaced = fields.map((field, index) => replacements[index] ?? field);
  const body = tlv(0x30, ...(parts.version1 ? replaced.slice(1, -1) : replaced));
  const signature = sign('sha256', body, createPrivateKey(signer.keyPem));
  return tlv(0x30, body, encoding(der, algorithm), tlv(0x03, Buffer.of(0), signature));
}

export function forgeX509(base: Issued, parts: Parts, signer?: Issued): X509Certificate {
  return new X509Certificate(forge(base, parts, signer));
}
