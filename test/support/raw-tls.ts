import { randomBytes, sign } from 'node:crypto';

/** The words of TLS, put together by hand, because no TLS library says what these tests want to hear. */

/** Content types of records (RFC 8446 §5.1). */
export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** Handshake types (RFC 8446 §4, RFC 8879 §4). */
export const HANDSHAKE = {
  helloRequest: 0,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  finished: 20,
  keyUpdate: 24,
  compressedCertificate: 25,
} as const;

/** The `legacy_version` of records and hellos, of TLS 1.2 and 1.3 alike. */
const VERSION = Buffer.of(3, 3);
const MAX_RECORD = 16_384;

/** One record. No more than 65,535 bytes fit, of which TLS allows 16,384. */
export function record(type: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type), VERSION, vector(2, payload)]);
}

/** As many records as the handshake messages need. */
export function records(...messages: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(messages);
  const parts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += MAX_RECORD) {
    parts.push(record(CONTENT.handshake, payload.subarray(at, at + MAX_RECORD)));
  }
  return Buffer.concat(parts);
}

/** A handshake message. */
export function message(type: number, ...body: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, ...body)]);
}

/** The content behind its length in so many bytes. */
export function vector(lengthBytes: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(body.length, 0, lengthBytes);
  return Buffer.concat([length, body]);
}

/** An extension of a hello, of EncryptedExtensions or of a certificate. */
export function extension(type: number, ...content: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type >> 8, type & 0xff), vector(2, ...content)]);
}

/** RFC 7301 §3.1: the server's choice. */
export function alpn(protocol: string): Buffer {
  return extension(16, vector(2, vector(1, Buffer.from(protocol))));
}

/** An alert as a record; fatal unless told. */
export function alert(code: number, level: 1 | 2 = 2): Buffer {
  return record(CONTENT.alert, Buffer.of(level, code));
}

/** What a server needs of a ClientHello. */
export interface ClientHello {
  /** The handshake message. */
  readonly message: Buffer;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  /** Public keys by group (RFC 8446 §4.2.8). */
  readonly keyShares: ReadonlyMap<number, Buffer>;
}

const KEY_SHARE = 51;

/** Reads the first record of a client, which is taken to be well-formed; undefined while it is incomplete. */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return undefined;
  const hello = bytes.subarray(5, 5 + bytes.readUInt16BE(3));
  let at = 4 + 2 + 32;
  const skip = (lengthBytes: number): Buffer => {
    const start = at + lengthBytes;
    at = start + hello.readUIntBE(at, lengthBytes);
    return hello.subarray(start, at);
  };
  const sessionId = skip(1);
  skip(2); // cipher suites
  skip(1); // compression methods
  const end = at + 2 + hello.readUInt16BE(at);
  const keyShares = new Map<number, Buffer>();
  for (at += 2; at < end; ) {
    const type = hello.readUInt16BE(at);
    at += 2;
    const content = skip(2);
    if (type !== KEY_SHARE) continue;
    for (let share = 2; share < content.length; ) {
      const length = content.readUInt16BE(share + 2);
      keyShares.set(content.readUInt16BE(share), content.subarray(share + 4, share + 4 + length));
      share += 4 + length;
    }
  }
  return { message: hello, random: hello.subarray(6, 38), sessionId, keyShares };
}

export interface ServerHelloOptions {
  /** @default TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
  readonly cipher?: number;
  readonly sessionId?: Uint8Array;
  readonly random?: Uint8Array;
  /** @default secure renegotiation, on which OpenSSL insists (RFC 5746 §3.4) */
  readonly extensions?: readonly Uint8Array[];
}

export function serverHello(options: ServerHelloOptions = {}): Buffer {
  const { cipher = 0xc02b, sessionId = Buffer.of(), random = randomBytes(32) } = options;
  const { extensions = [extension(0xff01, Buffer.of(0))] } = options;
  const suite = Buffer.of(cipher >> 8, cipher & 0xff);
  const noCompression = Buffer.of(0);
  return message(
    HANDSHAKE.serverHello,
    VERSION,
    random,
    vector(1, sessionId),
    suite,
    noCompression,
    vector(2, ...extensions),
  );
}

/** The Certificate message of TLS 1.2 (RFC 5246 §7.4.2). */
export function certificate12(...certificates: readonly Uint8Array[]): Buffer {
  return message(HANDSHAKE.certificate, vector(3, ...certificates.map((der) => vector(3, der))));
}

/** The Certificate message of TLS 1.3 (RFC 8446 §4.4.2). */
export function certificate13(...certificates: readonly Uint8Array[]): Buffer {
  const entries = certificates.map((der) => Buffer.concat([vector(3, der), vector(2)]));
  return message(HANDSHAKE.certificate, vector(1), vector(3, ...entries));
}

/** An ephemeral X25519 key, signed with ECDSA and SHA-256 (RFC 8422 §5.4); a random one, as nobody will use it. */
export function serverKeyExchange(client: ClientHello, random: Uint8Array, keyPem: string): Buffer {
  const namedCurve = Buffer.of(3, 0, 0x1d);
  const parameters = Buffer.concat([namedCurve, vector(1, randomBytes(32))]);
  const signature = sign('sha256', Buffer.concat([client.random, random, parameters]), keyPem);
  return message(HANDSHAKE.serverKeyExchange, parameters, ECDSA_SECP256R1_SHA256, vector(2, signature));
}

/** The signature scheme, which before TLS 1.3 names no curve. */
export const ECDSA_SECP256R1_SHA256 = Buffer.of(0x04, 0x03);

export const SERVER_HELLO_DONE = message(HANDSHAKE.serverHelloDone);
