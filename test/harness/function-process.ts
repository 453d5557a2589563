import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** How the world is for a function. */
export interface World {
  /** How far its clock is ahead. */
  readonly shiftMs: number;
  /** Where port 443 of an address really is. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface Invocation {
  readonly result?: unknown;
  readonly error?: string;
}

/** A deployed function: a process with the bundle of the template, its environment, and nothing else. */
export class FunctionProcess {
  readonly log: string[] = [];
  readonly #start: () => ChildProcess;
  readonly #timeoutMs: number;
  #child: ChildProcess;
  #ready: Promise<unknown>;

  constructor(bundle: string, env: Readonly<Record<string, string>>, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#start = () =>
      fork(join(import.meta.dirname, 'function-main.mjs'), [bundle], {
        env: { ...env },
        execArgv: ['--import', join(import.meta.dirname, 'preload.mjs')],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
    [this.#child, this.#ready] = this.#begin();
  }

  /** One that was killed has a new environment for the next invocation, as on the platform. */
  async invoke(event: unknown, world: World): Promise<Invocation> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      [this.#child, this.#ready] = this.#begin();
    }
    await this.#ready;
    const answer = this.#next(this.#child);
    this.#child.send({ event, world, timeoutMs: this.#timeoutMs });
    return answer;
  }

  /** As the platform does with an environment that it no longer wants, whatever it is at. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #begin(): [ChildProcess, Promise<unknown>] {
    const child = this.#start();
    for (const stream of [child.stdout, child.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => this.log.push(...text.split('\n').filter(Boolean)));
    }
    const ready = this.#next(child);
    // Whoever invokes it hears of it.
    ready.catch(() => undefined);
    return [child, ready];
  }

  #next(child: ChildProcess): Promise<Invocation> {
    return new Promise((resolve, reject) => {
      const done = (message: unknown) => {
        child.off('exit', failed);
        resolve(message as Invocation);
      };
      const failed = (code: number | null) => {
        child.off('message', done);
        reject(new Error(`the function ended with ${code}: ${this.log.slice(-5).join('\n')}`));
      };
      child.once('message', done);
      child.once('exit', failed);
    });
  }
}
