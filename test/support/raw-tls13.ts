import {
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  sign,
} from 'node:crypto';
import {
  type ClientHello,
  CONTENT,
  certificate13,
  ECDSA_SECP256R1_SHA256,
  extension,
  HANDSHAKE,
  message,
  serverHello,
  vector,
} from './raw-tls.ts';

/**
 * The server's half of a TLS 1.3 connection (TLS_AES_128_GCM_SHA256, X25519). It says what it is told in correctly
 * encrypted records and never listens to the client's answer.
 */
export interface Tls13 {
  /** The ServerHello as it goes over the wire, in a record of its own. */
  readonly hello: Buffer;
  /** Handshake messages in encrypted records. */
  handshake(...messages: readonly Uint8Array[]): Buffer;
  /** The CertificateVerify over all that was said until now; the scheme is that of P-256 unless told. */
  certificateVerify(keyPem: string, scheme?: Uint8Array): Buffer;
  /** Encrypts the Finished and goes on to the keys for what comes after the handshake. */
  finish(): Buffer;
  /** Anything, in one encrypted record. */
  protect(type: number, payload: Uint8Array): Buffer;
  /** A KeyUpdate, after which the next key counts (RFC 8446 §4.6.3). */
  updateKey(requested: 0 | 1): Buffer;
}

const X25519 = 0x001d;
const HASH_BYTES = 32;
const ZEROS = Buffer.alloc(HASH_BYTES);

/** The extensions that a ServerHello of TLS 1.3 consists of: the version, and the share of a group. */
export function serverShare(publicKey: Uint8Array): Buffer[] {
  return [extension(43, Buffer.of(3, 4)), extension(51, Buffer.of(0, X25519), vector(2, publicKey))];
}

export function startTls13(client: ClientHello): Tls13 {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ours = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const helloMessage = serverHello({
    cipher: 0x1301,
    sessionId: client.sessionId,
    extensions: serverShare(ours),
  });
  const transcript: Uint8Array[] = [client.message, helloMessage];
  const heard = () => hash('sha256', Buffer.concat(transcript), 'buffer');

  // The key schedule (RFC 8446 §7.1).
  const shared = diffieHellman({ privateKey, publicKey: x25519Key(client.keyShares.get(X25519)) });
  const early = hmac(ZEROS, ZEROS);
  const handshakeSecret = hmac(expand(early, 'derived', sha256('')), shared);
  const master = hmac(expand(handshakeSecret, 'derived', sha256('')), ZEROS);
  let secret = expand(handshakeSecret, 's hs traffic', heard());
  let sent = 0;

  const useSecret = (next: Buffer) => {
    secret = next;
    sent = 0;
  };

  const protect = (type: number, payload: Uint8Array): Buffer => {
    const nonce = expand(secret, 'iv', '', 12);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sent++) >>> 0, 8);
    const header = Buffer.alloc(5);
    header.writeUIntBE(0x17_03_03, 0, 3);
    header.writeUInt16BE(payload.length + 1 + 16, 3);
    const cipher = createCipheriv('aes-128-gcm', expand(secret, 'key', '', 16), nonce);
    cipher.setAAD(header);
    const content = Buffer.concat([cipher.update(payload), cipher.update(Buffer.of(type)), cipher.final()]);
    return Buffer.concat([header, content, cipher.getAuthTag()]);
  };

  const handshake = (...messages: readonly Uint8Array[]): Buffer => {
    transcript.push(...messages);
    const payload = Buffer.concat(messages);
    const parts: Buffer[] = [];
    for (let at = 0; at < payload.length; at += 16_000) {
      parts.push(protect(CONTENT.handshake, payload.subarray(at, at + 16_000)));
    }
    return Buffer.concat(parts);
  };

  return {
    hello: Buffer.concat([Buffer.of(CONTENT.handshake, 3, 3), vector(2, helloMessage)]),
    handshake,
    certificateVerify(keyPem, scheme = ECDSA_SECP256R1_SHA256) {
      const context = `${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`;
      const signature = sign('sha256', Buffer.concat([Buffer.from(context), heard()]), keyPem);
      return message(HANDSHAKE.certificateVerify, scheme, vector(2, signature));
    },
    finish() {
      const verifyData = hmac(expand(secret, 'finished', ''), heard());
      const bytes = handshake(message(HANDSHAKE.finished, verifyData));
      useSecret(expand(master, 's ap traffic', heard()));
      return bytes;
    },
    protect,
    updateKey(requested) {
      const bytes = protect(CONTENT.handshake, message(HANDSHAKE.keyUpdate, Buffer.of(requested)));
      useSecret(expand(secret, 'traffic upd', ''));
      return bytes;
    },
  };
}

/** What differs from an ordinary flight. */
export interface Flight13 {
  /** Extensions of EncryptedExtensions. */
  readonly extensions?: readonly Uint8Array[];
  /** In place of an ordinary Certificate message. */
  readonly certificate?: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly keyPem: string;
  readonly scheme?: Uint8Array;
}

/** All that a server says until the handshake is done. */
export function flight13(tls: Tls13, flight: Flight13): Buffer {
  const { extensions = [], certificate = certificate13(...flight.certificates) } = flight;
  return Buffer.concat([
    tls.hello,
    tls.handshake(message(HANDSHAKE.encryptedExtensions, vector(2, ...extensions)), certificate),
    tls.handshake(tls.certificateVerify(flight.keyPem, flight.scheme)),
    tls.finish(),
  ]);
}

function x25519Key(raw: Buffer | undefined) {
  if (raw === undefined) throw new Error('the client offered no share of X25519');
  const prefix = Buffer.from('302a300506032b656e032100', 'hex');
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });
}

/** HKDF-Extract (RFC 5869 §2.2) is this too. */
function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** HKDF-Expand-Label (RFC 8446 §7.1), of which one block is enough here. */
function expand(secret: Uint8Array, label: string, context: Uint8Array | '', length = HASH_BYTES): Buffer {
  const info = [
    Buffer.of(0, length),
    vector(1, Buffer.from(`tls13 ${label}`)),
    vector(1, Buffer.from(context)),
    Buffer.of(1),
  ];
  return hmac(secret, Buffer.concat(info)).subarray(0, length);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
