import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type RunOptions, readConfig } from './run-once.ts';

/**
 * Cycle after cycle until a signal comes, each in a process of its own: Node keeps a few kilobytes per intermediate
 * that a server presents (`getPeerX509Certificate()` in Node 24), so a process that probes must not live for months.
 * Between cycles the inventory is free for other commands. After a cycle that failed, the next one follows.
 *
 * @param everyMs From the start of one cycle to the start of the next.
 */
export async function runRepeatedly(
  everyMs: number,
  options: RunOptions,
  { signal, stderr }: CliContext,
): Promise<ExitCode> {
  // A mistake in the configuration is better heard at once than in an hour's log.
  await readConfig(options);
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await oneCycle(signal);
    } catch (error) {
      // Too many processes, too little memory: the next cycle may find it otherwise.
      await stderr.write(`notafter: this cycle failed: ${(error as Error).message}; the next one follows\n`);
    }
    await pause(startedAt + everyMs - performance.now(), signal);
  }
  return EXIT.ok;
}

async function oneCycle(signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, ...withoutEvery(process.argv.slice(1))], {
    stdio: 'inherit',
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    const [, killedBy] = await once(child, 'close');
    if (killedBy !== null && !signal.aborted) throw new Error(`it was ended by ${killedBy}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The command line of one cycle: this one, but for `--every`. */
function withoutEvery(args: readonly string[]): readonly string[] {
  return args.filter(
    (arg, index) => arg !== '--every' && args[index - 1] !== '--every' && !arg.startsWith('--every='),
  );
}

/** Sleeps, or wakes up at once where the process is told to stop. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.max(0, ms));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
