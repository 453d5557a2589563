import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, DEFAULT_CIPHERS, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Issued, pemBundle } from './pki.ts';

/** A real server on loopback. */
export interface TestServer {
  readonly address: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Ends every connection and waits until the port is free. */
  close(): Promise<void>;
}

/** One whose certificate can be replaced. */
export interface TlsTestServer extends TestServer {
  /** Presents this chain from the next connection on, as a server does that was told to reload. */
  present(chain: readonly Issued[]): void;
}

export interface Listen {
  /** @default 127.0.0.1; 127.0.0.2 and so on serve a name with several addresses. */
  readonly address?: string;
  /** @default one that is free */
  readonly port?: number;
}

/** Serves the chain, leaf first. `tls` overrides anything; connections stay open until the client is done. */
export async function serveTls(
  chain: readonly Issued[],
  tls: TlsOptions = {},
  listen: Listen = {},
): Promise<TlsTestServer> {
  return serveTlsWith({ ...identity(chain), ...tls }, (socket) => socket.resume(), listen);
}

function identity(chain: readonly Issued[]) {
  return { cert: pemBundle(...chain), key: chain[0]?.keyPem ?? '' };
}

/** Refuses clients without a certificate issued by `clientCa`. */
export function serveMutualTls(
  chain: readonly Issued[],
  clientCa: Issued,
  version: 'TLSv1.2' | 'TLSv1.3',
  listen: Listen = {},
): Promise<TestServer> {
  const tls = { ca: [clientCa.pem], requestCert: true, rejectUnauthorized: true };
  return serveTls(chain, { ...tls, minVersion: version, maxVersion: version }, listen);
}

/** Serves keys, and signs with algorithms, that OpenSSL by default refuses: too weak, or not to be decoded. */
export function serveAnyKey(chain: readonly Issued[], tls: TlsOptions = {}): Promise<TestServer> {
  return serveTls(chain, { ...tls, ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` });
}

/** Completes the handshake and then pours bytes for as long as the client takes them. */
export function serveFlood(chain: readonly Issued[], poured: (bytes: number) => void): Promise<TestServer> {
  const leaf = chain[0];
  const block = Buffer.alloc(65_536, 'x');
  const pour = (socket: TLSSocket) => {
    const more = () => {
      if (socket.destroyed) return;
      poured(block.length);
      // By way of the event loop: the client may live in this process.
      if (socket.write(block)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
  };
  // Half open: the client's goodbye does not stop the flood.
  const options = { cert: pemBundle(...chain), key: leaf?.keyPem ?? '', allowHalfOpen: true };
  return serveTlsWith(options, pour, {});
}

/** Completes the handshake and never answers the client's goodbye. */
export function serveStubborn(chain: readonly Issued[]): Promise<TestServer> {
  const leaf = chain[0];
  const options = { cert: pemBundle(...chain), key: leaf?.keyPem ?? '', allowHalfOpen: true };
  return serveTlsWith(options, (socket) => socket.resume(), {});
}

/** Accepts and says nothing. */
export function serveSilence(listen: Listen = {}): Promise<TestServer> {
  return serveTcp((socket) => socket.resume(), listen);
}

/** Answers the first bytes of a client with these, and says no more. */
export function serveBytes(bytes: string | Uint8Array, then: 'stay' | 'end' = 'stay'): Promise<TestServer> {
  return serveTcp((socket) => {
    socket.once('data', () => {
      if (then === 'end') socket.end(bytes);
      else socket.write(bytes);
    });
  });
}

/** Answers with these bytes over and over, one at a time, for ever. */
export function serveSlowBytes(bytes: Uint8Array, everyMs: number): Promise<TestServer> {
  return serveTcp((socket) => {
    let next = 0;
    const timer = setInterval(() => {
      socket.write(bytes.subarray(next, next + 1));
      next = (next + 1) % bytes.length;
    }, everyMs);
    socket.on('close', () => clearInterval(timer));
    socket.resume();
  });
}

/** Closes the connection when the client has spoken. */
export function serveClose(): Promise<TestServer> {
  return serveTcp((socket) => socket.once('data', () => socket.end()));
}

/** Resets the connection when the client has spoken. */
export function serveReset(): Promise<TestServer> {
  return serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
}

/** A port of loopback where nobody listens: it was free a moment ago. */
export async function refusedPort(address = '127.0.0.1'): Promise<number> {
  const server = await serveSilence({ address });
  await server.close();
  return server.port;
}

async function serveTlsWith(
  options: TlsOptions & { readonly allowHalfOpen?: boolean | undefined },
  onConnection: (socket: TLSSocket) => void,
  listen: Listen,
): Promise<TlsTestServer> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', ignore);
    onConnection(socket);
  });
  server.on('tlsClientError', ignore);
  return {
    ...(await listening(server, listen)),
    present: (chain) => server.setSecureContext({ ...options, ...identity(chain) }),
  };
}

export function serveTcp(onConnection: (socket: Socket) => void, listen: Listen = {}): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', ignore);
    onConnection(socket);
  });
  return listening(server, listen);
}

/** Lets a server listen on loopback. Faults of its connections are what the client wanted to cause: they are ignored. */
export function listening(server: Server, listen: Listen = {}): Promise<TestServer> {
  const connections = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    connections.add(socket);
    socket.on('error', ignore);
    socket.on('close', () => connections.delete(socket));
  });
  const close = () => {
    return new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of connections) socket.destroy();
    });
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port ?? 0, listen.address ?? '127.0.0.1', () => {
      const { address, port } = server.address() as AddressInfo;
      resolve({ address, port, accepted: () => accepted, close });
    });
  });
}

function ignore(): void {}
