import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import { closeIterators } from './close-iterators.ts';

/** What the thread is started with. */
export interface WorkerInput {
  /** Folder of the database. */
  readonly path: string;
  /** The only access key that requests may be signed with. */
  readonly accessKeyId: string;
}

/** What the thread says once it listens. Any message to it asks it to close; it then ends by itself. */
export interface WorkerReady {
  readonly port: number;
}

// The server runs in a thread because it answers an I/O error of its own (a full disk) with an uncaught exception:
// here that ends the thread, and the client is told why. It also leaves the main thread's time to the probes.
const { path, accessKeyId } = workerData as WorkerInput;
closeIterators();
const server = dynalite({ path, createTableMs: 0 });

// It checks no signatures, and loopback is open to every user of the machine and to web pages in their browsers.
const credential = `Credential=${accessKeyId}/`;
const [answer] = server.listeners('request') as [(request: unknown, response: unknown) => void];
server.removeAllListeners('request');
server.on('request', (request, response) => {
  if (request.headers.authorization?.includes(credential)) answer.call(server, request, response);
  else response.writeHead(403).end();
});

server.listen(0, '127.0.0.1', () => {
  const ready: WorkerReady = { port: (server.address() as AddressInfo).port };
  parentPort?.postMessage(ready);
});

parentPort?.once('message', () => {
  server.close();
  server.closeAllConnections();
});
