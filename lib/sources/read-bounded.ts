import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Failure, Reason } from '../core/reason.ts';

/** Some 5,000 CAs in PEM: far above any truststore, far below what hurts. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** What was read, or the canonical reason why nothing was. */
export type Reading = { readonly bytes: Buffer } | { readonly failure: Failure };

/**
 * Reads a regular file of at most `MAX_FILE_BYTES`. The size is known before the first byte is read, and bounded again
 * while reading, because a file can grow. Pipes and devices are refused: they may never end, or never begin.
 */
export async function readBoundedFile(path: string): Promise<Reading> {
  try {
    const refusal = refuse(await stat(path));
    if (refusal) return { failure: refusal };
    // Without O_NONBLOCK, opening what has meanwhile become a pipe would wait for a writer.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readBoundedStream(handle.createReadStream({ autoClose: false }));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { failure: failureOf(error as NodeJS.ErrnoException) };
  }
}

/** Reads a stream to its end, or up to the same limit. */
export async function readBoundedStream(stream: AsyncIterable<Buffer | string>): Promise<Reading> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > MAX_FILE_BYTES) return { failure: tooLarge('more') };
      chunks.push(bytes);
    }
  } catch (error) {
    return { failure: failureOf(error as NodeJS.ErrnoException) };
  }
  return { bytes: Buffer.concat(chunks) };
}

function refuse(stats: Stats): Failure | null {
  if (stats.isDirectory()) return { reason: 'file_is_directory' };
  if (!stats.isFile()) {
    return {
      reason: 'file_unreadable',
      detail: 'it is a pipe or a device; standard input can be read with -',
    };
  }
  return stats.size > MAX_FILE_BYTES ? tooLarge(`${stats.size} bytes`) : null;
}

function tooLarge(size: string): Failure {
  return { reason: 'file_too_large', detail: `${size}, where at most ${MAX_FILE_BYTES} bytes are read` };
}

const REASON_BY_CODE: Readonly<Record<string, Reason>> = {
  ENOENT: 'file_not_found',
  ENOTDIR: 'file_not_found',
  EACCES: 'file_denied',
  EPERM: 'file_denied',
  EISDIR: 'file_is_directory',
  EMFILE: 'out_of_sockets',
  ENFILE: 'out_of_sockets',
};

function failureOf(error: NodeJS.ErrnoException): Failure {
  const code = error.code ?? error.name;
  return { reason: REASON_BY_CODE[code] ?? 'file_unreadable', detail: code };
}
