import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER = 8;

/** Which input is being read: written before it is, so that whatever the reader does to its process, its input is known. */
export class Journal {
  readonly #file: number;

  constructor(path: string, flags: 'r' | 'w') {
    this.#file = openSync(path, flags);
  }

  /** @param count How many were begun so far, this one included. */
  write(count: number, input: Buffer): void {
    const entry = Buffer.alloc(HEADER + input.length);
    entry.writeUInt32LE(count >>> 0, 0);
    entry.writeUInt32LE(input.length, 4);
    input.copy(entry, HEADER);
    writeSync(this.#file, entry, 0, entry.length, 0);
  }

  read(): { readonly count: number; readonly input: Buffer } {
    const header = Buffer.alloc(HEADER);
    readSync(this.#file, header, 0, HEADER, 0);
    const input = Buffer.alloc(header.readUInt32LE(4));
    readSync(this.#file, input, 0, input.length, HEADER);
    return { count: header.readUInt32LE(0), input };
  }

  close(): void {
    closeSync(this.#file);
  }
}
