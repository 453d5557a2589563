import { open, stat } from 'node:fs/promises';
import { quoted, type Rejected } from '../core/rejected.ts';

/** Room for about 20,000 endpoints; reading that takes a second or two. */
const MAX_BYTES = 1_048_576;

/** The text of a configuration file, without a byte order mark. The failure does not name the path. */
export async function readConfigFile(path: string): Promise<string | Rejected> {
  try {
    // Before it is opened: opening a pipe that nobody writes to never ends.
    const stats = await stat(path);
    if (stats.isDirectory()) return { error: 'a directory; wanted a file' };
    if (!stats.isFile()) return { error: 'not a regular file; wanted a text file' };
    const bytes = await readStart(path, MAX_BYTES + 1);
    return bytes.length > MAX_BYTES
      ? {
          error:
            'the file is larger than 1 MiB; wanted less, bring long lists in with "notafter targets import"',
        }
      : decode(bytes);
  } catch (error) {
    return { error: describeReadError(error) };
  }
}

async function readStart(path: string, length: number): Promise<Buffer> {
  await using file = await open(path);
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function decode(bytes: Buffer): string | Rejected {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // UTF-16, as some editors on Windows write it, begins with a mark that is not UTF-8 either.
    const text = bytes.toString('utf8');
    const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
    return { error: `the file is not in UTF-8 (line ${line}); save it as UTF-8` };
  }
}

function describeReadError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return 'the file does not exist; "notafter init" writes a commented one to begin with';
  if (code === 'EACCES' || code === 'EPERM') return 'the file may not be read; check its permissions';
  if (code === 'ERR_INVALID_ARG_VALUE') return 'not a path; it contains a NUL character';
  return `the file cannot be read (${code ?? quoted(message)})`;
}
