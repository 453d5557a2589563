import { connect } from 'node:net';
import { refusedPort } from '../test/support/tls-servers.ts';

/** Two addresses of this machine for one name. */
export type AddressPair = readonly [string, string];

/** All of 127.0.0.0/8 is there on Linux; elsewhere only 127.0.0.1 is, and mostly ::1 beside it. */
const PAIRS: readonly AddressPair[] = [
  ['127.0.0.2', '127.0.0.3'],
  ['127.0.0.1', '::1'],
];

/** The first pair on which this machine lets a server listen; undefined where there is none. */
export async function findAddressPair(
  pairs: readonly AddressPair[] = PAIRS,
): Promise<AddressPair | undefined> {
  for (const pair of pairs) {
    const usable = await Promise.all(
      pair.map((address) =>
        refusedPort(address).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (usable.every(Boolean)) return pair;
  }
  return undefined;
}

const PORTS_TRIED = 200;

/**
 * Hands out ports in order, so that the demo's endpoints are called the same at every start; one that is taken is
 * skipped.
 *
 * @returns A function that opens something on the next free port.
 */
export function portsFrom(first: number): <T>(open: (port: number) => Promise<T>) => Promise<T> {
  let next = first;
  return async (open) => {
    for (;;) {
      const port = next;
      next += 1;
      try {
        return await open(port);
      } catch (error) {
        if (!isTaken(error) || next >= first + PORTS_TRIED) throw error;
      }
    }
  };
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

/** Of old TLS services that hardly anybody runs. A port that was merely free may be taken while the demo runs. */
const DEAD_PORTS = [990, 992, 994];

/**
 * A port of 127.0.0.1 where connections are refused, and will be.
 *
 * @throws Error where there is a server on every one of them.
 */
export async function findRefusingPort(ports: readonly number[] = DEAD_PORTS): Promise<number> {
  for (const port of ports) if (await refuses(port)) return port;
  throw new Error(`something listens on each of the ports ${ports.join(', ')} of 127.0.0.1: end one of them`);
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
