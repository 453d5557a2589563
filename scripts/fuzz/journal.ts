import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER = 12;
const AT_REST = Buffer.alloc(4);

export interface Entry {
  /** Which input it is, from 1; 0 before the first. */
  readonly count: number;
  readonly input: Buffer;
  /** It is still being read, or its result looked at. */
  readonly busy: boolean;
}

/** Which input is being read: written before it is, so that whatever the reader does to its process, its input is known. */
export class Journal {
  readonly #file: number;
  #count = 0;

  constructor(path: string, flags: 'r' | 'w') {
    this.#file = openSync(path, flags);
  }

  begin(input: Buffer): void {
    const entry = Buffer.alloc(HEADER + input.length);
    entry.writeUInt32LE(1, 0);
    entry.writeUInt32LE(++this.#count >>> 0, 4);
    entry.writeUInt32LE(input.length, 8);
    input.copy(entry, HEADER);
    writeSync(this.#file, entry, 0, entry.length, 0);
  }

  /** What takes its time from here on is not the reader. */
  rest(): void {
    writeSync(this.#file, AT_REST, 0, AT_REST.length, 0);
  }

  read(): Entry {
    const header = Buffer.alloc(HEADER);
    readSync(this.#file, header, 0, HEADER, 0);
    const input = Buffer.alloc(header.readUInt32LE(8));
    readSync(this.#file, input, 0, input.length, HEADER);
    return { busy: header.readUInt32LE(0) === 1, count: header.readUInt32LE(4), input };
  }

  close(): void {
    closeSync(this.#file);
  }
}
