/** What stands between a prober and the server, or in its place: a relay, and hosts that are dead. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Neighbour {
  /** Ends it. @returns how many connections it held at the same time, where it counts them; else 0. */
  close(): Promise<number>;
}

/** See relay.ts for the options. */
export async function startRelay(...options: readonly string[]): Promise<Neighbour> {
  const child = await started([fileURLToPath(new URL('./relay.ts', import.meta.url)), ...options]);
  return {
    async close() {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      return Number(/at once (\d+)/.exec(said)?.[1] ?? 0);
    },
  };
}

/**
 * A host to which nobody can connect, for loopback and without privileges: it listens with a backlog of one and is
 * stopped. The kernel drops what does not fit into the backlog, so that a connect waits as for a host that is switched
 * off (the first two are let in and hear nothing).
 */
export async function startBlackhole(port: number): Promise<Neighbour> {
  const script = `require('net').createServer(() => {}).listen({ port: ${port}, host: '0.0.0.0', backlog: 1 },
    () => console.log('ready'))`;
  const child = await started(['-e', script]);
  child.kill('SIGSTOP');
  return {
    async close() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      return 0;
    },
  };
}

/** Resolves when it has said that it is ready. */
async function started(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  if (!String(first[0]).includes('ready')) throw new Error(`${args.join(' ')} did not start`);
  return child;
}
