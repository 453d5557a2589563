import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import type { Issued } from './pki.ts';

/** A certificate like `model`, but for another key and signed anew: for keys that the minting library cannot handle. */
export interface Regrafted {
  readonly model: Issued;
  readonly issuer: Issued;
  /** DER SubjectPublicKeyInfo in place of the model's own. */
  readonly spki: Uint8Array;
  /** The private half, in PKCS#8 PEM, where there is one. */
  readonly keyPem?: string;
}

/** Replaces the public key and signs with the issuer's key, which must be an EC key; any curve will do. */
export function regraft({ model, issuer, spki, keyPem }: Regrafted): Issued {
  const old = createPublicKey(model.keyPem).export({ type: 'spki', format: 'der' });
  const [tbsStart, tbsEnd] = tbsRange(model.der);
  const tbs = model.der.subarray(tbsStart, tbsEnd);
  const header = headerLength(tbs);
  const at = tbs.indexOf(old);
  const content = Buffer.concat([tbs.subarray(header, at), spki, tbs.subarray(at + old.length)]);
  const newTbs = Buffer.concat([Buffer.of(0x30), derLength(content.length), content]);
  const signature = sign('sha256', newTbs, createPrivateKey(issuer.keyPem));
  const bits = Buffer.concat([Buffer.of(0x03), derLength(signature.length + 1), Buffer.of(0), signature]);
  const body = Buffer.concat([newTbs, ECDSA_WITH_SHA256, bits]);
  const der = Buffer.concat([Buffer.of(0x30), derLength(body.length), body]);
  const base64 = (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    ...model,
    der,
    pem: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    keyPem: keyPem ?? model.keyPem,
    x509: new X509Certificate(der),
  };
}

/** A key on a curve that NIST has no name for. */
export function unusualCurveKey(namedCurve = 'secp256k1'): { spki: Buffer; keyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Well-formed DER that claims to be an RSA key and holds none. */
export const UNDECODABLE_SPKI = Buffer.from('3014300d06092a864886f70d010101050003030000ff', 'hex');

const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');

function tbsRange(der: Buffer): [number, number] {
  const start = headerLength(der);
  const tbs = der.subarray(start);
  const length = contentLength(tbs);
  return [start, start + headerLength(tbs) + length];
}

function headerLength(element: Buffer): number {
  const first = element[1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

function contentLength(element: Buffer): number {
  const first = element[1] ?? 0;
  return first < 0x80 ? first : element.readUIntBE(2, first & 0x7f);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  return Buffer.of(0x82, length >> 8, length & 0xff);
}
