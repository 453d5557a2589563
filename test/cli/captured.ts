import { Readable } from 'node:stream';
import type { ExitCode } from '../../lib/cli/exit-codes.ts';
import type { Output } from '../../lib/cli/output.ts';
import { runProgram } from '../../lib/cli/program.ts';

export interface Captured {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line in this process, without the frame of `main`.
 *
 * @param aheadMs How far its clock is ahead.
 */
export async function runCaptured(args: readonly string[], input = '', aheadMs = 0): Promise<Captured> {
  const stdout = memory();
  const stderr = memory();
  const code = await runProgram(args, {
    stdout: stdout.output,
    stderr: stderr.output,
    stdin: Readable.from([Buffer.from(input)]),
    signal: new AbortController().signal,
    now: () => new Date(Date.now() + aheadMs),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function memory(): { output: Output; text: () => string } {
  let written = '';
  return {
    output: {
      write(text) {
        written += text;
        return undefined;
      },
      isTerminal: false,
      width: Number.POSITIVE_INFINITY,
      color: false,
    },
    text: () => written,
  };
}

/** JSON Lines, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: what a script sees, without our types.
export function jsonLines(text: string): any[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
