import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { type Issued, pemBundle } from './pki.ts';

export interface StaplingServer {
  readonly address: string;
  readonly port: number;
  /** From the next connection on; null for none. */
  staple(response: Buffer | null): void;
  close(): Promise<void>;
}

/** Serves the chain, leaf first, and sends these bytes along where a client asks for an OCSP response (RFC 6066 §8). */
export async function serveStapling(
  chain: readonly Issued[],
  response: Buffer | null | (() => Buffer | null),
): Promise<StaplingServer> {
  let stapled = response;
  const connections = new Set<TLSSocket>();
  const server = createServer({ cert: pemBundle(...chain), key: chain[0]?.keyPem ?? '' }, (socket) => {
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  server.on('tlsClientError', () => undefined);
  server.on('OCSPRequest', (_certificate, _issuer, callback) =>
    callback(null, typeof stapled === 'function' ? stapled() : stapled),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    staple: (next) => {
      stapled = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}
