import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Issued, mint, pemBundle } from './pki.ts';
import { rawCertificate, rawLine } from './raw-certificate.ts';
import { pour, serveScript } from './raw-server.ts';
import {
  alert,
  type ClientHello,
  certificate12,
  ECDSA_SECP256R1_SHA256,
  extension,
  HANDSHAKE,
  message,
  records,
  SERVER_HELLO_DONE,
  serverHello,
  serverKeyExchange,
  vector,
} from './raw-tls.ts';
import { type Flight13, flight13, serverShare, startTls13, type Tls13 } from './raw-tls13.ts';
import { listening, serveTls, type TestServer } from './tls-servers.ts';
import { chainOf, derOf, ZOO_NAME, ZOO_ZONE, type ZooPki } from './zoo-pki.ts';

const INTERNAL_ERROR = 80;

/** Options of a server that can do nothing newer. */
export function old(version: 'TLSv1' | 'TLSv1.1'): TlsOptions {
  return { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
}

/** Options of a server that asks for a client certificate and goes on without one, as nginx does in the handshake. */
export function asksFor({ root }: ZooPki, version: 'TLSv1.2' | 'TLSv1.3'): TlsOptions {
  const ask = { ca: [root.pem], requestCert: true, rejectUnauthorized: false };
  return { ...ask, minVersion: version, maxVersion: version };
}

/** Answers every ClientHello with these bytes, and says no more. */
export function says(bytes: Uint8Array): Promise<TestServer> {
  return serveScript((socket) => socket.write(bytes));
}

/** Answers every ClientHello with these bytes over and over. */
export function floods(bytes: Uint8Array): Promise<TestServer> {
  return serveScript((socket) => pour(socket, () => bytes));
}

export function repeated(what: Uint8Array | (() => Uint8Array), times: number): Buffer {
  const next = typeof what === 'function' ? what : () => what;
  return Buffer.concat(Array.from({ length: times }, next));
}

/** The messages of a TLS 1.2 server up to where it waits for the client. The signature is right. */
export function flight12(hello: ClientHello, certificates: readonly Uint8Array[], keyPem: string): Buffer {
  const random = Buffer.alloc(32, 0x5a);
  return Buffer.concat([
    serverHello({ random }),
    certificate12(...certificates),
    serverKeyExchange(hello, random, keyPem),
    SERVER_HELLO_DONE,
  ]);
}

/** A TLS 1.2 server with this Certificate message, which fails when the client has had its turn. */
export function serves12(
  certificate: Uint8Array,
  keyPem: string,
  before: Uint8Array = Buffer.of(),
): Promise<TestServer> {
  return serveScript((socket, hello) => {
    const random = Buffer.alloc(32, 0x5a);
    const keyExchange = serverKeyExchange(hello, random, keyPem);
    const flight = records(serverHello({ random }), certificate, keyExchange, SERVER_HELLO_DONE);
    socket.write(Buffer.concat([before, flight]));
    socket.once('data', () => socket.end(alert(INTERNAL_ERROR)));
  });
}

/** A TLS 1.2 server that asks for a client certificate (RFC 5246 §7.4.4) and does this where none comes. */
export function demands12(pki: ZooPki, then: (socket: Socket) => void): Promise<TestServer> {
  const algorithms = vector(2, ECDSA_SECP256R1_SHA256);
  const request = message(HANDSHAKE.certificateRequest, vector(1, Buffer.of(64)), algorithms, vector(2));
  return serveScript((socket, hello) => {
    const flight = flight12(hello, derOf(chainOf(pki)), pki.leaf.keyPem);
    const upToDone = flight.subarray(0, -SERVER_HELLO_DONE.length);
    socket.write(records(upToDone, request, SERVER_HELLO_DONE));
    socket.once('data', () => then(socket));
  });
}

/** A TLS 1.3 server with whatever differs from an ordinary one; then it hangs up as soon as the client does. */
export function serves13(pki: ZooPki, flight: Partial<Flight13>): Promise<TestServer> {
  return after13(pki, (socket) => socket.on('end', () => socket.end()), flight);
}

/** A TLS 1.3 server that does this when it is done with the handshake. */
export function after13(
  pki: ZooPki,
  then: (socket: Socket, tls: Tls13) => void,
  flight: Partial<Flight13> = {},
): Promise<TestServer> {
  const usual = { certificates: derOf(chainOf(pki)), keyPem: pki.leaf.keyPem };
  return serveScript((socket, hello) => {
    const tls = startTls13(hello);
    socket.write(flight13(tls, { ...usual, ...flight }));
    then(socket, tls);
  });
}

/** RFC 8446 §4.1.4: wants a share of P-256, which clients can do and rarely send. */
export function helloRetryRequest(hello: ClientHello): Buffer {
  return serverHello({
    cipher: 0x1301,
    sessionId: hello.sessionId,
    random: hash('sha256', 'HelloRetryRequest', 'buffer'),
    extensions: [extension(43, Buffer.of(3, 4)), extension(51, Buffer.of(0, 0x17))],
  });
}

/** A share that is as long as one of X25519, but of a group with another number. */
export function helloWithGroup(hello: ClientHello, group: number): Buffer {
  const [version, share] = serverShare(Buffer.alloc(32, 9));
  share?.writeUInt16BE(group, 4);
  const extensions = [version, share].filter((each) => each !== undefined);
  return serverHello({ cipher: 0x1301, sessionId: hello.sessionId, extensions });
}

/** A Certificate message with bytes behind its list, which its length includes. */
export function withGarbage(certificate: Buffer): Buffer {
  return message(HANDSHAKE.certificate, certificate.subarray(4), Buffer.from('garbage'));
}

/** The root's leaf below a line of CAs, `length` certificates in all. */
export function longLine(pki: ZooPki, length: number): Promise<TestServer> {
  const line = rawLine(pki.root, length - 1);
  const key = { spki: pki.leaf.x509.publicKey.export({ type: 'spki', format: 'der' }) };
  const issuer = line[0] ?? pki.root;
  const leaf = rawCertificate({ subject: ZOO_NAME, names: [ZOO_NAME], issuer, key });
  return serves13(pki, { certificates: derOf([leaf, ...line]) });
}

/** The leaf and CAs that all might have issued each other, to go by their names. */
export function sameName(pki: ZooPki, length: number): Promise<TestServer> {
  const cas: Issued[] = [];
  const issuer = { ...pki.intermediate, subject: 'CN=Intermediate' };
  for (let index = 1; index < length; index += 1) {
    cas.push(rawCertificate({ subject: 'Intermediate', issuer: cas.at(-1) ?? issuer, ca: true }));
  }
  return serves13(pki, { certificates: derOf([pki.leaf, ...cas.reverse()]) });
}

/** A leaf with so many names that end alike. */
export function manyNames(pki: ZooPki, count: number, ending: string): Promise<TestServer> {
  const names = Array.from({ length: count }, (_, index) => `${index.toString(36)}.${ending}`);
  const leaf = rawCertificate({ subject: ZOO_NAME, names: [ZOO_NAME, ...names], issuer: pki.intermediate });
  return serveTls([leaf, pki.intermediate]);
}

/** Says "hello" again and again after a handshake in TLS 1.2. */
export function renegotiates(pki: ZooPki): Promise<TestServer> {
  return serveTls12(pki, (socket) => {
    socket.renegotiate({}, () => {});
    socket.resume();
  });
}

/** Pours data after a handshake in TLS 1.2. */
export function pours12(pki: ZooPki): Promise<TestServer> {
  const block = Buffer.alloc(16_384, 'x');
  return serveTls12(pki, (socket) => pour(socket, () => block));
}

function serveTls12(pki: ZooPki, onConnection: (socket: TLSSocket) => void): Promise<TestServer> {
  const chain = { cert: pemBundle(...chainOf(pki)), key: pki.leaf.keyPem };
  const server = createServer({ ...chain, maxVersion: 'TLSv1.2' }, (socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.on('tlsClientError', () => {});
  return listening(server);
}

/** Has a new certificate at every other connection, as in the middle of a rollout behind one address. */
export async function changing(pki: ZooPki): Promise<TestServer> {
  const renewed = await renew(pki);
  const contexts = [pki.leaf, renewed].map((leaf) => {
    return createSecureContext({ cert: pemBundle(leaf, pki.intermediate), key: leaf.keyPem });
  });
  let asked = 0;
  return serveTls(chainOf(pki), { SNICallback: (_name, done) => done(null, contexts[asked++ % 2]) });
}

/** Has one certificate at its first address and another at its second. */
export async function twoFaced(pki: ZooPki): Promise<TestServer> {
  const [first, second] = ZOO_ZONE['two-faced.test'];
  const one = await serveTls(chainOf(pki), {}, { address: first });
  const { port } = one;
  const other = await serveTls([await renew(pki), pki.intermediate], {}, { address: second, port });
  return {
    address: 'two-faced.test',
    port,
    accepted: () => one.accepted() + other.accepted(),
    close: async () => {
      await Promise.all([one.close(), other.close()]);
    },
  };
}

function renew({ intermediate }: ZooPki): Promise<Issued> {
  return mint({ subject: `CN=${ZOO_NAME}`, names: [ZOO_NAME], issuer: intermediate });
}
