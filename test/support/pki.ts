import 'reflect-metadata';
import type { KeyObject, webcrypto } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A minted certificate with the key it certifies. */
export interface Issued {
  readonly pem: string;
  readonly der: Buffer;
  readonly keyPem: string;
  readonly x509: X509Certificate;
  /** The RFC 4514 string it was minted with. */
  readonly subject: string;
}

export interface MintOptions {
  /** An RFC 4514 string (`CN=api.test,O=Acme`): the last RDN of the encoding comes first. May be empty. */
  readonly subject: string;
  /** Who signs; absent: self-signed. */
  readonly issuer?: Issued;
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  /** Default: a minute ago, or 90 days before a notAfter that is earlier. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** In place of `notAfter`: days from now, negative for the past. Default 90. */
  readonly days?: number;
  readonly key?: 'ec' | 'rsa' | 'rsa1024' | 'ed25519' | 'p384';
  readonly hash?: 'SHA-256' | 'SHA-1' | 'SHA-384';
  /** Hex. Default: random. */
  readonly serialNumber?: string;
  /** Certify this one's key again: a renewal without rekeying, a cross-sign. */
  readonly reuseKeyOf?: Issued;
  /** Added to the usual ones. */
  readonly extensions?: readonly x509.Extension[];
}

const DAY_MS = 86_400_000;

/** Mints a certificate that real TLS servers can serve; EC P-256 with SHA-256 unless told otherwise. */
export async function mint(options: MintOptions): Promise<Issued> {
  const { issuer } = options;
  const privateKey = options.reuseKeyOf
    ? createPrivateKey(options.reuseKeyOf.keyPem)
    : newPrivateKey(options.key ?? 'ec', issuer?.keyPem);
  const signer = issuer ? createPrivateKey(issuer.keyPem) : privateKey;
  const hash = options.hash ?? 'SHA-256';
  const subject = parseName(options.subject);
  const publicKey = toCryptoKey(createPublicKey(privateKey), hash);

  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer ? new x509.X509Certificate(issuer.der).subjectName : subject,
    ...validity(options),
    ...(options.serialNumber === undefined ? {} : { serialNumber: options.serialNumber }),
    publicKey,
    signingKey: toCryptoKey(signer, hash),
    signingAlgorithm: { name: 'unused: the key names it', hash },
    extensions: await extensionsFor(options, publicKey, createPublicKey(signer)),
  });

  const der = Buffer.from(certificate.rawData);
  return {
    pem: `${certificate.toString('pem')}\n`,
    der,
    keyPem: toPem(privateKey),
    x509: new X509Certificate(der),
    subject: options.subject,
  };
}

/** The certificates as one PEM file, in the given order. */
export function pemBundle(...issued: Issued[]): string {
  return issued.map((one) => one.pem).join('');
}

function validity(options: MintOptions): { notBefore: Date; notAfter: Date } {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const notAfter = options.notAfter ?? new Date(now + (options.days ?? 90) * DAY_MS);
  const aMinuteAgo = now - 60_000;
  const earlier = notAfter.getTime() > aMinuteAgo ? aMinuteAgo : notAfter.getTime() - 90 * DAY_MS;
  return { notBefore: options.notBefore ?? new Date(earlier), notAfter };
}

async function extensionsFor(
  options: MintOptions,
  publicKey: webcrypto.CryptoKey,
  signer: KeyObject,
): Promise<x509.Extension[]> {
  const usage = options.ca
    ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    : x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment;
  const names = (options.names ?? []).map((value) => ({
    type: isIP(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return [
    new x509.BasicConstraintsExtension(options.ca ?? false, options.pathLength, true),
    new x509.KeyUsagesExtension(usage, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(toCryptoKey(signer, 'SHA-256')),
    ...(options.ca
      ? []
      : [
          new x509.ExtendedKeyUsageExtension([
            x509.ExtendedKeyUsage.serverAuth,
            x509.ExtendedKeyUsage.clientAuth,
          ]),
        ]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ...(options.extensions ?? []),
  ];
}

function newPrivateKey(kind: NonNullable<MintOptions['key']>, issuerKeyPem: string | undefined): KeyObject {
  switch (kind) {
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'rsa':
      return rsaKey(2048, issuerKeyPem);
    case 'rsa1024':
      return rsaKey(1024, issuerKeyPem);
  }
}

// Generating RSA keys is slow, so certificates share a few of each size in turn.
const RSA_POOL_SIZE = 3;
const rsaPools = new Map<number, KeyObject[]>();

function rsaKey(modulusLength: number, issuerKeyPem: string | undefined): KeyObject {
  const pool = rsaPools.get(modulusLength) ?? [];
  rsaPools.set(modulusLength, pool);
  const key =
    pool.length < RSA_POOL_SIZE ? generateKeyPairSync('rsa', { modulusLength }).privateKey : pool.shift();
  if (key === undefined) throw new Error('the pool is never empty here');
  pool.push(key);
  // A certificate with its issuer's key would verify its own signature: it would look self-signed.
  return toPem(key) === issuerKeyPem ? rsaKey(modulusLength, issuerKeyPem) : key;
}

function toPem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function toCryptoKey(key: KeyObject, hash: string): webcrypto.CryptoKey {
  const usages = [key.type === 'private' ? 'sign' : 'verify'] as const;
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash }, true, usages);
    case 'ec': {
      const namedCurve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256';
      return key.toCryptoKey({ name: 'ECDSA', namedCurve }, true, usages);
    }
    default:
      return key.toCryptoKey({ name: 'Ed25519' }, true, usages);
  }
}

/** RFC 4514 → the library's Name, whose own string form reads in the order of the encoding instead. */
function parseName(text: string): x509.Name {
  const rdns = split(text, ',')
    .toReversed()
    .map((rdn) => {
      const json: Record<string, x509.JsonAttributeObject[]> = {};
      for (const attribute of split(rdn, '+')) {
        const at = attribute.indexOf('=');
        const value = attribute.slice(at + 1).replace(/\\(.)/gs, '$1');
        json[attribute.slice(0, at).trim()] = [{ utf8String: value }];
      }
      return json;
    });
  return new x509.Name(rdns);
}

function split(text: string, separator: ',' | '+'): string[] {
  if (text === '') return [];
  return text.split(separator === ',' ? /(?<!\\),/ : /(?<!\\)\+/);
}
