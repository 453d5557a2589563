import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** The name that the monitor's own certificates bear, as subject and as issuer. */
const NAME = 'NotAfter canary';

/**
 * Mints a self-signed certificate: a short DER of fixed shape (RFC 5280 §4.1, version 1, no extensions), because nothing
 * that mints is part of what runs. Its key is forgotten at once.
 *
 * @param notBefore, notAfter Before 2050; seconds count.
 */
export function mintCanary(notBefore: Date, notAfter: Date): Buffer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const name = sequence(set(sequence(COMMON_NAME, tagged(0x0c, Buffer.from(NAME)))));
  const tbs = sequence(
    // Positive, and never one that begins with a zero.
    tagged(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', tbs, privateKey);
  return sequence(tbs, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
}

/** 1.2.840.10045.4.3.2 (RFC 5758 §3.2). */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
/** 2.5.4.3 (RFC 4519 §2.3). */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (...parts: readonly Buffer[]) => tagged(0x31, Buffer.concat(parts));

/** `YYMMDDHHMMSSZ`. */
function utcTime(instant: Date): Buffer {
  return tagged(0x17, Buffer.from(`${instant.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

/** Tag, length, content (X.690 §8.1); shorter than 64 KB. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
