import { createServer, type Socket } from 'node:net';
import { type ClientHello, readClientHello } from './raw-tls.ts';
import { type Listen, listening, type TestServer } from './tls-servers.ts';

/** Talks to every client as it is told, from the first moment on. Half open: a client's goodbye ends nothing. */
export function serveRaw(onConnection: (socket: Socket) => void, listen: Listen = {}): Promise<TestServer> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    onConnection(socket);
  });
  return listening(server, listen);
}

/** Talks to every client that has said its ClientHello. */
export function serveScript(onHello: (socket: Socket, hello: ClientHello) => void): Promise<TestServer> {
  return serveRaw((socket) => {
    let heard = Buffer.alloc(0);
    const onData = (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      const hello = readClientHello(heard);
      if (hello === undefined) return;
      socket.off('data', onData);
      // What else the client says is of no interest, but has to be taken from the socket.
      socket.resume();
      onHello(socket, hello);
    };
    socket.on('data', onData);
  });
}

/** Writes block after block for as long as the client takes them: a flood that leaves the processor to others too. */
export function pour(socket: Socket, block: () => Uint8Array): void {
  const timer = setInterval(() => {
    if (!socket.writableNeedDrain) socket.write(block());
  }, POUR_EVERY_MS);
  socket.on('close', () => clearInterval(timer));
}

const POUR_EVERY_MS = 2;
