import { type FileHandle, open } from 'node:fs/promises';
import { escapeForTerminal } from './render/escape.ts';
import { UserError } from './user-error.ts';

/** Larger than any sensible list or PEM file that is named on the command line. */
const LIMIT = 16 * 1024 * 1024;

/**
 * The text of a file that the command line names, or of standard input for `-`.
 *
 * @param what What it is for, as the start of a sentence: "the list of targets".
 * @throws UserError where it cannot be read or is larger than 16 MiB.
 */
export async function readText(path: string, what: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const name = path === '-' ? 'standard input' : escapeForTerminal(path);
  try {
    if (path === '-') return await collect(stdin, what, name);
    await using file = await open(path);
    return await collect(await checked(file, what, name), what, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new UserError(`cannot read ${what} from ${name}: ${REASON[code] ?? String(error)}`);
  }
}

const REASON: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a directory',
};

async function checked(file: FileHandle, what: string, name: string): Promise<NodeJS.ReadableStream> {
  const { size } = await file.stat();
  if (size > LIMIT) throw tooLarge(what, name);
  return file.createReadStream({ autoClose: false });
}

async function collect(stream: NodeJS.ReadableStream, what: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > LIMIT) throw tooLarge(what, name);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(what: string, name: string): UserError {
  return new UserError(`cannot read ${what} from ${name}: it is larger than ${LIMIT / 1024 / 1024} MiB`);
}
