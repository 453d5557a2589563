import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { parseDer } from '../../x509/certificate.ts';
import { DerError, readElement } from '../../x509/der.ts';
import { formatName } from '../../x509/distinguished-name.ts';
import { MAX_PRESENTED } from './presented-chain.ts';

/** What a server says in the clear before TLS 1.3: see `tap`. */
export interface Tap {
  /** Passes on every byte in both directions. */
  wrap(socket: Socket): Duplex;
  /** The certificates that the server sent; none where they cannot be read, or came encrypted. */
  certificates(): readonly X509Certificate[];
  /** The CAs whose client certificates the server asks for; null where it asked for none. */
  clientAuthorities(): ClientAuthorities | null;
}

export interface ClientAuthorities {
  /** RFC 4514, at most `MAX_NAMES`. */
  readonly names: readonly string[];
  /** How many there were beyond that, unreadable, or longer than `MAX_NAME` characters. */
  readonly more: number;
}

const MAX_NAMES = 100;
const MAX_NAME = 300;

/** A first flight with the largest list of certificates that OpenSSL takes, and its CA names. */
const MAX_KEPT = 300_000;

/**
 * Listens to what a server sends until the handshake is encrypted. Node shows nothing of a CertificateRequest; up to
 * TLS 1.2 it passes in the clear, with the names of the CAs that the server accepts (RFC 5246 §7.4.4).
 */
export function tap(): Tap {
  const kept: Buffer[] = [];
  let size = 0;
  return {
    wrap(socket) {
      const duplex = new Duplex({
        read: () => void socket.resume(),
        write: (bytes: Buffer, _encoding, done) => void socket.write(bytes, done),
        final: (done) => void socket.end(done),
        destroy: (error, done) => {
          socket.destroy();
          done(error);
        },
      });
      socket.on('data', (bytes: Buffer) => {
        if (size < MAX_KEPT) kept.push(bytes);
        size += bytes.length;
        if (!duplex.push(bytes)) socket.pause();
      });
      socket.on('end', () => duplex.push(null));
      socket.on('error', (error) => duplex.destroy(error));
      socket.on('close', () => duplex.destroy());
      return duplex;
    },
    certificates: () => readCertificates(Buffer.concat(kept)),
    clientAuthorities: () => readCertificateRequest(Buffer.concat(kept)),
  };
}

const HANDSHAKE_RECORD = 22;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;
const SERVER_HELLO_DONE = 14;

/** The CA names of the CertificateRequest in the clear records of a server's first flight; null where there is none. */
export function readCertificateRequest(bytes: Buffer): ClientAuthorities | null {
  const hello = findMessage(bytes, SERVER_HELLO);
  const request = findMessage(bytes, CERTIFICATE_REQUEST);
  if (request === null || hello === null || hello.length < 2) return null;
  return authorities(request, hello.readUInt16BE(0) >= TLS_1_2);
}

const TLS_1_2 = 0x0303;

/** The certificates in the clear records of a server's first flight (RFC 5246 §7.4.2): all of them, or none. */
function readCertificates(bytes: Buffer): readonly X509Certificate[] {
  const list = findMessage(bytes, CERTIFICATE);
  const certificates: X509Certificate[] = [];
  for (let at = 3; list !== null && at + 3 <= list.length; ) {
    const next = at + 3 + list.readUIntBE(at, 3);
    if (next > list.length || certificates.length > MAX_PRESENTED) return [];
    try {
      certificates.push(parseDer(list.subarray(at + 3, next)));
    } catch {
      return [];
    }
    at = next;
  }
  return certificates;
}

/** The body of the first handshake message of a type; null where it is not there, or not whole. */
function findMessage(bytes: Buffer, wanted: number): Buffer | null {
  const messages = Buffer.concat([...handshakeFragments(bytes)]);
  for (let at = 0; at + 4 <= messages.length; ) {
    const type = messages[at];
    const end = at + 4 + messages.readUIntBE(at + 1, 3);
    if (type === wanted) return end <= messages.length ? messages.subarray(at + 4, end) : null;
    if (type === SERVER_HELLO_DONE) return null;
    at = end;
  }
  return null;
}

function* handshakeFragments(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + 5 <= bytes.length; ) {
    // Anything else ends the clear part: an alert, or the change to encrypted records.
    if (bytes[at] !== HANDSHAKE_RECORD) return;
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    yield bytes.subarray(at + 5, end);
    at = end;
  }
}

/** RFC 5246 §7.4.4: types of certificates, signature algorithms (not before TLS 1.2: RFC 4346 §7.4.4), then the names. */
function authorities(request: Buffer, hasAlgorithms: boolean): ClientAuthorities {
  const names: string[] = [];
  let more = 0;
  const algorithmsAt = 1 + (request[0] ?? 0);
  const namesAt = hasAlgorithms ? after(request, algorithmsAt) : algorithmsAt;
  const end = Math.min(request.length, after(request, namesAt));
  for (let at = namesAt + 2; at + 2 <= end; ) {
    const next = after(request, at);
    const name = names.length < MAX_NAMES ? readName(request.subarray(at + 2, Math.min(next, end))) : null;
    if (name === null || name.length > MAX_NAME) more += 1;
    else names.push(name);
    at = next;
  }
  return { names, more };
}

/** Where what is preceded by its length in two bytes ends; beyond the end where it is not whole. */
function after(bytes: Buffer, at: number): number {
  return at + 2 > bytes.length ? bytes.length + 1 : at + 2 + bytes.readUInt16BE(at);
}

function readName(der: Buffer): string | null {
  try {
    return formatName(der, readElement(der));
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
