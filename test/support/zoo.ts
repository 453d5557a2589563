import type { Reason } from '../../lib/core/reason.ts';
import { ecKey } from './raw-certificate.ts';
import { pour, serveRaw, serveScript } from './raw-server.ts';
import {
  alert,
  alpn,
  CONTENT,
  certificate12,
  certificate13,
  ECDSA_SECP256R1_SHA256,
  extension,
  HANDSHAKE,
  message,
  record,
  records,
  serverHello,
  vector,
} from './raw-tls.ts';
import { startTls13 } from './raw-tls13.ts';
import {
  serveBytes,
  serveClose,
  serveFlood,
  serveMutualTls,
  serveReset,
  serveSilence,
  serveSlowBytes,
  serveTls,
  type TestServer,
} from './tls-servers.ts';
import { PLACES, UNUSUAL_KEYS } from './unusual-keys.ts';
import { chainOf, derOf, type ZooPki } from './zoo-pki.ts';
import {
  after13,
  asksFor,
  changing,
  demands12,
  flight12,
  floods,
  helloRetryRequest,
  helloWithGroup,
  longLine,
  manyNames,
  old,
  pours12,
  renegotiates,
  repeated,
  sameName,
  says,
  serves12,
  serves13,
  twoFaced,
  withGarbage,
} from './zoo-servers.ts';
/** A kind of server that no client should have to meet. */
export interface Behaviour {
  /** Where a probe of it has to end: with one of these reasons, or with what was seen. */
  readonly lands: readonly Reason[] | Seen;
  readonly start: (pki: ZooPki) => Promise<TestServer>;
}

interface Seen {
  /** Certificates in the presented chain. */
  readonly presented: number;
  /** Whether OpenSSL and the path agree that it leads to the root. Either will do where it is absent. */
  readonly verified?: boolean;
  /** Either will do where it is absent. */
  readonly clientCertificateRequired?: boolean;
  /** Why the handshake did not complete. Either will do where it is absent. */
  readonly brokenOff?: Reason;
  /** Only a client of old gets an answer. Either will do where it is absent. */
  readonly legacy?: boolean;
}

/** In what order FIN and RST overtake data that was not read is up to the kernel. */
const GONE: readonly Reason[] = ['connection_closed', 'connection_reset'];
const FAILED: readonly Reason[] = ['handshake_failed'];
const SILENT: readonly Reason[] = ['handshake_timeout'];
const SEEN: Seen = { presented: 2, verified: true, clientCertificateRequired: false };

const HALF_A_FLIGHT = records(serverHello(), certificate12(Buffer.alloc(500, 1))).subarray(0, 200);

export const ZOO: Readonly<Record<string, Behaviour>> = {
  // Servers that do not come to the point.
  'says nothing': { lands: SILENT, start: () => serveSilence() },
  'says a byte every 300 ms': {
    lands: SILENT,
    start: () => serveSlowBytes(Buffer.of(0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xf0, 3, 3), 300),
  },
  'says half a banner': { lands: SILENT, start: () => serveRaw((socket) => socket.write('220')) },
  'announces a record and sends half': { lands: SILENT, start: () => says(HALF_A_FLIGHT) },
  'stops after its certificate in TLS 1.2': {
    lands: SILENT,
    start: (pki) => says(records(serverHello(), certificate12(...derOf(chainOf(pki))))),
  },
  'stops after its hello in TLS 1.3': {
    lands: SILENT,
    start: () => serveScript((socket, hello) => socket.write(startTls13(hello).hello)),
  },
  'asks for another hello and stops': {
    lands: SILENT,
    start: () => serveScript((socket, hello) => socket.write(records(helloRetryRequest(hello)))),
  },

  // Servers that say too much.
  'sends its certificate in records of one byte': {
    lands: SEEN,
    start: (pki) =>
      serveScript((socket, hello) => {
        const messages = flight12(hello, derOf(chainOf(pki)), pki.leaf.keyPem);
        socket.write(
          Buffer.concat(Array.from(messages, (byte) => record(CONTENT.handshake, Buffer.of(byte)))),
        );
        socket.once('data', () => socket.end(alert(80)));
      }),
  },
  'sends change_cipher_spec for ever': {
    lands: FAILED,
    start: () =>
      serveScript((socket, hello) => {
        socket.write(startTls13(hello).hello);
        pour(socket, () => repeated(record(CONTENT.changeCipherSpec, Buffer.of(1)), 500));
      }),
  },
  'sends records of an unknown type for ever': {
    lands: FAILED,
    start: () => floods(repeated(record(99, Buffer.alloc(100)), 100)),
  },
  'sends nothing but warnings': { lands: FAILED, start: () => floods(repeated(alert(90, 1), 100)) },
  'sends empty records for ever': {
    lands: FAILED,
    start: () => floods(repeated(record(CONTENT.handshake, Buffer.of()), 100)),
  },
  'asks to start over for ever': {
    lands: FAILED,
    start: () => floods(repeated(records(message(HANDSHAKE.helloRequest)), 1000)),
  },
  'announces a message of 16 MB': {
    lands: ['chain_too_large'],
    start: () =>
      serveScript((socket) => {
        socket.write(records(serverHello()));
        const head = Buffer.of(HANDSHAKE.certificate, 0xff, 0xff, 0xff);
        socket.write(records(Buffer.concat([head, Buffer.alloc(1000)])));
      }),
  },
  'announces a hello of 16 MB': {
    // OpenSSL does not say of which message it was.
    lands: ['chain_too_large', 'handshake_failed'],
    start: () => says(records(Buffer.of(HANDSHAKE.serverHello, 0xff, 0xff, 0xff, 3, 3))),
  },
  'pours data after a handshake in TLS 1.2': { lands: SEEN, start: (pki) => pours12(pki) },
  'pours data after a handshake in TLS 1.3': {
    lands: SEEN,
    start: (pki) => serveFlood(chainOf(pki), () => {}),
  },
  'pours session tickets': {
    lands: SEEN,
    start: (pki) =>
      after13(pki, (socket, tls) => {
        const ticket = message(
          HANDSHAKE.newSessionTicket,
          Buffer.alloc(8),
          vector(1, Buffer.of(1)),
          vector(2, Buffer.alloc(200)),
          vector(2),
        );
        pour(socket, () => repeated(() => tls.protect(CONTENT.handshake, ticket), 20));
      }),
  },
  'pours key updates': {
    lands: SEEN,
    start: (pki) => after13(pki, (socket, tls) => pour(socket, () => repeated(() => tls.updateKey(0), 20))),
  },
  'pours key updates that want an answer': {
    lands: SEEN,
    start: (pki) => after13(pki, (socket, tls) => pour(socket, () => repeated(() => tls.updateKey(1), 20))),
  },
  'pours empty records after the handshake': {
    lands: SEEN,
    start: (pki) =>
      after13(pki, (socket, tls) => {
        pour(socket, () => repeated(() => tls.protect(CONTENT.applicationData, Buffer.of()), 20));
      }),
  },
  'sends garbage after the handshake': {
    lands: SEEN,
    start: (pki) => after13(pki, (socket) => socket.write(Buffer.alloc(1000, 'x'))),
  },
  'asks for a certificate after the handshake': {
    lands: SEEN,
    start: (pki) =>
      after13(pki, (socket, tls) => {
        const algorithms = extension(13, vector(2, ECDSA_SECP256R1_SHA256));
        const request = message(HANDSHAKE.certificateRequest, vector(1, Buffer.of(1)), vector(2, algorithms));
        socket.write(tls.protect(CONTENT.handshake, request));
      }),
  },
  'renegotiates in TLS 1.2': { lands: SEEN, start: (pki) => renegotiates(pki) },

  // Servers that speak something else.
  'speaks HTTP': {
    lands: ['not_tls'],
    start: () => serveBytes('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'end'),
  },
  'speaks SSH': {
    lands: ['not_tls'],
    start: () => serveRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')),
  },
  'speaks SMTP': {
    lands: ['not_tls'],
    start: () => serveRaw((socket) => socket.write('220 mail.test ESMTP\r\n')),
  },
  'sends back what it hears': { lands: FAILED, start: () => serveRaw((socket) => socket.pipe(socket)) },
  'speaks TLS 1.0 only': {
    lands: { presented: 2, legacy: true },
    start: (pki) => serveTls(chainOf(pki), old('TLSv1')),
  },
  'speaks TLS 1.1 only': {
    lands: { presented: 2, legacy: true },
    start: (pki) => serveTls(chainOf(pki), old('TLSv1.1')),
  },
  'refuses every version': { lands: ['protocol_version'], start: () => says(alert(70)) },

  // Servers that hang up.
  'resets at once': { lands: GONE, start: () => serveRaw((socket) => socket.resetAndDestroy()) },
  'closes at once': { lands: GONE, start: () => serveRaw((socket) => socket.destroy()) },
  'closes its half at once': { lands: GONE, start: () => serveRaw((socket) => socket.resume().end()) },
  'closes after the hello': { lands: ['connection_closed'], start: () => serveClose() },
  'resets after the hello': { lands: ['connection_reset'], start: () => serveReset() },
  'closes politely before its hello': {
    lands: [...FAILED, 'connection_closed'],
    start: () => serveScript((socket) => socket.end(alert(0, 1))),
  },
  'closes its half in mid-certificate': {
    lands: ['connection_closed'],
    start: () => serveScript((socket) => socket.end(HALF_A_FLIGHT)),
  },
  'resets after its certificate in TLS 1.2': {
    lands: { presented: 2, brokenOff: 'connection_reset' },
    start: (pki) =>
      serveScript((socket, hello) => {
        socket.write(records(flight12(hello, derOf(chainOf(pki)), pki.leaf.keyPem)));
        socket.once('data', () => socket.resetAndDestroy());
      }),
  },
  'closes after its certificate in TLS 1.2': {
    lands: { presented: 2, brokenOff: 'connection_closed' },
    start: (pki) =>
      serveScript((socket, hello) => {
        socket.end(records(flight12(hello, derOf(chainOf(pki)), pki.leaf.keyPem)));
      }),
  },
  'knows no such name, by an alert': { lands: ['name_refused'], start: () => says(alert(112)) },
  'knows no such name, by a warning and a chain': {
    lands: SEEN,
    start: (pki) => serves12(certificate12(...derOf(chainOf(pki))), pki.leaf.keyPem, alert(112, 1)),
  },
  'knows no such name, by a reset': { lands: ['connection_reset'], start: () => serveReset() },
  'knows no such name, by hanging up': { lands: ['connection_closed'], start: () => serveClose() },

  // Servers that want to know who asks.
  'demands a client certificate in TLS 1.2': {
    lands: { ...SEEN, clientCertificateRequired: true },
    start: (pki) => serveMutualTls(chainOf(pki), pki.root, 'TLSv1.2'),
  },
  'demands a client certificate in TLS 1.3': {
    // The refusal comes after the handshake, and a busy process may miss it.
    lands: { presented: 2, verified: true },
    start: (pki) => serveMutualTls(chainOf(pki), pki.root, 'TLSv1.3'),
  },
  'asks for a client certificate in TLS 1.2 and goes on without one': {
    lands: { presented: 2, verified: true },
    start: (pki) => serveTls(chainOf(pki), asksFor(pki, 'TLSv1.2')),
  },
  'asks for a client certificate in TLS 1.3 and goes on without one': {
    lands: { presented: 2, verified: true },
    start: (pki) => serveTls(chainOf(pki), asksFor(pki, 'TLSv1.3')),
  },
  'demands a client certificate in TLS 1.2 and resets': {
    lands: { presented: 2, verified: true, clientCertificateRequired: true },
    start: (pki) => demands12(pki, (socket) => socket.resetAndDestroy()),
  },
  'demands a client certificate in TLS 1.2 and hangs up': {
    lands: { presented: 2, verified: true, clientCertificateRequired: true },
    start: (pki) => demands12(pki, (socket) => socket.end()),
  },

  // Chains that are too long, too large, or not what the list says.
  'presents 10 certificates': { lands: { presented: 10, verified: true }, start: (pki) => longLine(pki, 10) },
  'presents 100 certificates': { lands: { presented: 100 }, start: (pki) => longLine(pki, 100) },
  'presents 220 certificates': { lands: ['chain_too_large'], start: (pki) => longLine(pki, 220) },
  'presents 600 certificates': { lands: ['chain_too_large'], start: (pki) => longLine(pki, 600) },
  'presents 100 CAs of one name': { lands: { presented: 100 }, start: (pki) => sameName(pki, 100) },
  'presents a certificate with 3,500 names': {
    lands: { presented: 2, verified: true },
    start: (pki) => manyNames(pki, 3500, 'host.zoo.test'),
  },
  'presents a certificate with 10,000 short names': {
    lands: { presented: 2, verified: true },
    start: (pki) => manyNames(pki, 10_000, 'a'),
  },
  'presents a certificate with 10,000 names': {
    lands: ['chain_too_large'],
    start: (pki) => manyNames(pki, 10_000, 'host.zoo.test'),
  },
  'presents its leaf twice': {
    lands: { presented: 3, verified: true },
    start: (pki) => serveTls([pki.leaf, pki.leaf, pki.intermediate]),
  },
  // RFC 5246 §7.4.2 and RFC 8446 §4.4.2.4 allow no empty list here: to OpenSSL it is a length that cannot be.
  'presents no certificate in TLS 1.2': {
    lands: FAILED,
    start: (pki) => serves12(certificate12(), pki.leaf.keyPem),
  },
  'presents no certificate in TLS 1.3': {
    lands: FAILED,
    start: (pki) => serves13(pki, { certificate: certificate13() }),
  },
  'presents an empty certificate': {
    lands: ['certificate_unreadable'],
    start: (pki) => serves12(certificate12(Buffer.of()), pki.leaf.keyPem),
  },
  'presents bytes that are no certificate': {
    lands: ['certificate_unreadable'],
    start: (pki) => serves13(pki, { certificate: certificate13(Buffer.from('this is not DER at all')) }),
  },
  'presents a certificate and garbage in one entry': {
    lands: ['certificate_unreadable'],
    start: (pki) => {
      const entry = Buffer.concat([pki.leaf.der, Buffer.alloc(9, 1)]);
      return serves12(certificate12(entry), pki.leaf.keyPem);
    },
  },
  'presents garbage behind the list in TLS 1.2': {
    lands: FAILED,
    start: (pki) => serves12(withGarbage(certificate12(...derOf(chainOf(pki)))), pki.leaf.keyPem),
  },
  'presents garbage behind the list in TLS 1.3': {
    lands: FAILED,
    start: (pki) => serves13(pki, { certificate: withGarbage(certificate13(...derOf(chainOf(pki)))) }),
  },
  'presents garbage inside the list': {
    lands: ['certificate_unreadable'],
    start: (pki) => {
      const list = vector(3, vector(3, pki.leaf.der), Buffer.of(0xff, 0xff, 0xff, 1, 2));
      return serves12(message(HANDSHAKE.certificate, list), pki.leaf.keyPem);
    },
  },
  'presents a compressed certificate': {
    lands: FAILED,
    start: (pki) =>
      serves13(pki, { certificate: message(HANDSHAKE.compressedCertificate, Buffer.alloc(100, 1)) }),
  },
  'presents a certificate of somebody else': {
    lands: { presented: 2, brokenOff: 'handshake_failed' },
    start: (pki) => serves13(pki, { keyPem: ecKey().keyPem ?? '' }),
  },
  'presents a certificate of somebody else in TLS 1.2': {
    lands: { presented: 2, brokenOff: 'handshake_failed' },
    start: (pki) =>
      serveScript((socket, hello) => {
        socket.write(records(flight12(hello, derOf(chainOf(pki)), ecKey().keyPem ?? '')));
      }),
  },
  'presents another certificate to every connection': { lands: SEEN, start: (pki) => changing(pki) },
  'presents another certificate at every address': { lands: SEEN, start: (pki) => twoFaced(pki) },

  // Keys that are rarely seen.
  ...unusualKeys(),

  // Parameters that nobody offered.
  'picks a cipher that was never offered': {
    lands: FAILED,
    start: () => says(records(serverHello({ cipher: 0x0005 }))),
  },
  'picks a group that was never offered': {
    lands: FAILED,
    start: () => serveScript((socket, hello) => socket.write(records(helloWithGroup(hello, 0x1234)))),
  },
  'picks an ALPN protocol where none was offered': {
    lands: FAILED,
    start: (pki) => serves13(pki, { extensions: [alpn('h2')] }),
  },
  'picks an ALPN protocol where none was offered in TLS 1.2': {
    lands: FAILED,
    start: () => says(records(serverHello({ extensions: [alpn('http/1.1')] }))),
  },
  'insists on ALPN': { lands: FAILED, start: () => says(alert(120)) },
  'can do ALPN': {
    lands: SEEN,
    start: (pki) => serveTls(chainOf(pki), { ALPNProtocols: ['h2', 'http/1.1'] }),
  },
  'has a session id of 33 bytes': {
    lands: FAILED,
    start: () => says(records(serverHello({ sessionId: Buffer.alloc(33) }))),
  },
  'has a session id of 255 bytes that are not there': {
    lands: FAILED,
    start: () =>
      says(records(message(HANDSHAKE.serverHello, Buffer.of(3, 3), Buffer.alloc(32), Buffer.of(255)))),
  },
  'has a session id of its own in TLS 1.3': {
    lands: FAILED,
    start: () =>
      serveScript((socket, hello) => {
        socket.write(startTls13({ ...hello, sessionId: Buffer.alloc(7) }).hello);
      }),
  },
  'asks for another hello twice': {
    lands: FAILED,
    start: () =>
      serveScript((socket, hello) => {
        const retry = records(helloRetryRequest(hello));
        socket.write(retry);
        socket.once('data', () => socket.write(retry));
      }),
  },
};

function unusualKeys(): Record<string, Behaviour> {
  const rows: Record<string, Behaviour> = {};
  for (const [key, newKey] of Object.entries(UNUSUAL_KEYS)) {
    for (const [place, start] of Object.entries(PLACES)) {
      const presented = place === 'beside the chain' ? 3 : 2;
      rows[`has ${key} ${place}`] = { lands: { presented }, start: (pki) => start(pki, newKey()) };
    }
  }
  return rows;
}
