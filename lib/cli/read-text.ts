import { createReadStream } from 'node:fs';
import { escapeForTerminal } from '../core/printable.ts';
import { describeFailure } from '../core/reason.ts';
import { readBoundedStream } from '../sources/read-bounded.ts';
import { UserError } from './user-error.ts';

/**
 * The text of a file that the command line names, or of standard input for `-`. Unlike what is watched it may be a
 * pipe: a shell's `<(…)` is one.
 *
 * @param what What it is for, within a sentence: "the list of targets".
 * @throws UserError where it cannot be read or is too large.
 */
export async function readText(
  path: string,
  what: string,
  stdin: AsyncIterable<Buffer | string>,
): Promise<string> {
  return (await readBytes(path, what, stdin)).toString('utf8');
}

/** The same for what is no text. */
export async function readBytes(
  path: string,
  what: string,
  stdin: AsyncIterable<Buffer | string>,
): Promise<Buffer> {
  const name = path === '-' ? 'standard input' : escapeForTerminal(path);
  const reading = await readBoundedStream(path === '-' ? stdin : createReadStream(path));
  if ('failure' in reading)
    throw new UserError(`cannot read ${what} from ${name}: ${describeFailure(reading.failure)}`);
  return reading.bytes;
}
