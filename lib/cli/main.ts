import { escapeLine } from '../core/printable.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { streamOutput } from './output.ts';
import { packageVersion, runProgram } from './program.ts';

/** How long a command has for an orderly end once it was told to stop, in milliseconds. */
const GRACE_MS = 5_000;

const SAME_MOMENT_MS = 1_000;

/**
 * The whole process around a command: streams, signals, last-resort errors and the exit code. Sets
 * `process.exitCode` rather than calling `process.exit()`, which would cut what a pipe has not taken yet.
 */
export async function main(args: readonly string[]): Promise<void> {
  const stopping = new AbortController();
  stopWithSignals(stopping);
  process.stdout.on('error', endOnBrokenPipe);
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (error) => endAt(report(error)));
  try {
    process.exitCode = await runProgram(args, {
      stdout: streamOutput(process.stdout, process.env),
      stderr: streamOutput(process.stderr, process.env),
      stdin: process.stdin,
      signal: stopping.signal,
      now: () => new Date(),
    });
  } catch (error) {
    if (stopping.signal.aborted && error === stopping.signal.reason) {
      say(`stopped by ${String(error)} before it was done.`);
      endAt(EXIT.unknown);
    } else {
      endAt(report(error));
    }
  }
}

/**
 * The first signal asks the command to stop. A second one, and the end of the grace, do not ask: not even a thread that
 * waits for a pipe holds the process then. Signals at the same moment are one: a terminal and a supervisor signal the
 * whole group, and a parent passes its own on.
 */
function stopWithSignals(stopping: AbortController): void {
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) {
        if (performance.now() - firstAt > SAME_MOMENT_MS) process.kill(process.pid, 'SIGKILL');
        return;
      }
      firstAt = performance.now();
      stopping.abort(signal);
      setTimeout(() => {
        say(`stopped by ${signal}; it did not come to an orderly end within ${GRACE_MS / 1000} seconds.`);
        process.kill(process.pid, 'SIGKILL');
      }, GRACE_MS).unref();
    });
  }
}

/** `notafter … | head`: nobody reads any further, so there is nothing to say; but the work was not finished either. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') say(`cannot write to standard output: ${error.message}`);
  process.exit(EXIT.unknown);
}

/** Errors whose message is the whole story; by name, so that nothing is loaded to recognise them. */
const FOR_THE_USER: ReadonlySet<string> = new Set(['UserError', 'ConfigError', 'StoreError']);

/** One line for whatever went wrong. */
function report(error: unknown): ExitCode {
  if (error instanceof Error && FOR_THE_USER.has(error.name)) {
    for (const line of error.message.split('\n')) say(line);
  } else {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say(
      `internal error (${message.replaceAll('\n', ' ')}). This is a bug in notafter ${packageVersion()}: please report ` +
        'it with what NOTAFTER_DEBUG=1 prints.',
    );
  }
  if (process.env['NOTAFTER_DEBUG'] === '1' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return EXIT.unknown;
}

function say(sentence: string): void {
  process.stderr.write(`notafter: ${escapeLine(sentence)}\n`);
}

/** Ends the process although something may still be open, as soon as standard output has taken everything. */
function endAt(code: ExitCode): void {
  process.exitCode = code;
  if (process.stdout.writableLength === 0) process.exit(code);
  process.stdout.write('', () => process.exit(code));
  setTimeout(() => process.exit(code), GRACE_MS).unref();
}
