import { randomBytes } from 'node:crypto';

/**
 * The first flight of a TLS 1.2 server as raw records: ServerHello and a Certificate message with whatever bytes are
 * given, because no TLS library sends a malformed certificate (RFC 5246 §7.4).
 */
export function scriptedServerFlight(certificates: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...records(serverHello()), ...records(certificateMessage(certificates))]);
}

const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const MAX_RECORD = 16_384;

function serverHello(): Buffer {
  const noSessionId = Buffer.of(0);
  const ecdheRsaAes128Gcm = Buffer.of(0xc0, 0x2f);
  const noCompression = Buffer.of(0);
  // OpenSSL insists on secure renegotiation (RFC 5746 §3.4).
  const extensions = Buffer.of(0, 5, 0xff, 0x01, 0, 1, 0);
  const random = randomBytes(32);
  const body = [Buffer.of(3, 3), random, noSessionId, ecdheRsaAes128Gcm, noCompression, extensions];
  return message(SERVER_HELLO, Buffer.concat(body));
}

function certificateMessage(certificates: readonly Uint8Array[]): Buffer {
  const list = Buffer.concat(certificates.flatMap((der) => [uint24(der.length), der]));
  return message(CERTIFICATE, Buffer.concat([uint24(list.length), list]));
}

function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type), uint24(body.length), body]);
}

function* records(payload: Buffer): Generator<Buffer> {
  for (let at = 0; at < payload.length; at += MAX_RECORD) {
    const part = payload.subarray(at, at + MAX_RECORD);
    yield Buffer.concat([Buffer.of(0x16, 3, 3, part.length >> 8, part.length & 0xff), part]);
  }
}

function uint24(value: number): Buffer {
  return Buffer.of((value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
}
