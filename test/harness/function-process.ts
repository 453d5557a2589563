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
  readonly #child: ChildProcess;
  readonly #ready: Promise<unknown>;
  readonly #timeoutMs: number;

  constructor(bundle: string, env: Readonly<Record<string, string>>, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#child = fork(join(import.meta.dirname, 'function-main.mjs'), [bundle], {
      env: { ...env },
      execArgv: ['--import', join(import.meta.dirname, 'preload.mjs')],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => this.log.push(...text.split('\n').filter(Boolean)));
    }
    this.#ready = this.#next();
    // Whoever invokes it hears of it.
    this.#ready.catch(() => undefined);
  }

  async invoke(event: unknown, world: World): Promise<Invocation> {
    await this.#ready;
    const answer = this.#next();
    this.#child.send({ event, world, timeoutMs: this.#timeoutMs });
    return answer;
  }

  /** As the platform does with an environment it no longer wants, whatever it is at. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #next(): Promise<Invocation> {
    return new Promise((resolve, reject) => {
      const done = (message: unknown) => {
        this.#child.off('exit', failed);
        resolve(message as Invocation);
      };
      const failed = (code: number | null) => {
        this.#child.off('message', done);
        reject(new Error(`the function ended with ${code}: ${this.log.slice(-5).join('\n')}`));
      };
      this.#child.once('message', done);
      this.#child.once('exit', failed);
    });
  }
}
