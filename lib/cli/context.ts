import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What the frame lends to a command. */
export interface CliContext {
  /** Data: what a script reads. */
  readonly stdout: Output;
  /** Talk: what a person reads while it happens. */
  readonly stderr: Output;
  /** Standard input, for commands that were given `-`. */
  readonly stdin: AsyncIterable<Buffer | string>;
  /**
   * Aborted by SIGINT and SIGTERM. A command that ends in good order returns its own exit code; one that throws the
   * signal's reason ends with a sentence and exit code 3. After a few seconds the process ends anyway.
   */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Hands back the exit code of the command. The worst one counts where it is called more than once. */
  readonly finish: (code: ExitCode) => void;
}
