import { readFileSync } from 'node:fs';
import { createLimit, type Limit } from '../limit.ts';

/** The soft limit of file descriptors per process in the text of /proc/self/limits; undefined where it has none. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** How many sockets probes may hold under a descriptor limit: the rest is left to the store, files and libraries. */
export function socketBudget(openFilesLimit: number): number {
  return Math.max(16, Math.floor(openFilesLimit * 0.8) - 32);
}

function openFilesLimit(): number {
  try {
    return parseOpenFilesLimit(readFileSync('/proc/self/limits', 'utf8')) ?? ASSUMED_LIMIT;
  } catch {
    return ASSUMED_LIMIT;
  }
}

/** Where the limit cannot be read. Node raises the soft limit to the hard one when it starts, so it is rarely less. */
const ASSUMED_LIMIT = 1024;

let sockets: Limit | undefined;

/** The sockets of this process that probes share, however many probers there are. */
export function processSockets(): Limit {
  sockets ??= createLimit(socketBudget(openFilesLimit()));
  return sockets;
}
