import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Issued, pemBundle } from './pki.ts';

interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Respond = (request: SeenRequest, response: ServerResponse) => unknown;

/** An HTTP server on loopback. */
export interface HttpServer {
  readonly port: number;
  /** Requests received so far, oldest first. */
  readonly seen: readonly SeenRequest[];
  /** The most requests that were in work at the same time. */
  readonly busiest: () => number;
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** @default 127.0.0.1 */
  readonly address?: string;
  /** @default one that is free */
  readonly port?: number;
  /** Served over TLS with this chain, leaf first. */
  readonly chain?: readonly Issued[];
}

/** Answers every request by `respond`. */
export async function serveHttp(respond: Respond, options: HttpServerOptions = {}): Promise<HttpServer> {
  const seen: SeenRequest[] = [];
  let inWork = 0;
  let busiest = 0;
  const onRequest = async (message: IncomingMessage, response: ServerResponse) => {
    inWork += 1;
    busiest = Math.max(busiest, inWork);
    response.on('close', () => {
      inWork -= 1;
    });
    const { method = '', url = '', headers } = message;
    const request = { method, url, headers, body: await buffer(message) };
    seen.push(request);
    await respond(request, response);
  };
  const { chain } = options;
  const server =
    chain === undefined
      ? createHttpServer(onRequest)
      : createHttpsServer({ cert: pemBundle(...chain), key: chain[0]?.keyPem ?? '' }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.address ?? '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    busiest: () => busiest,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
