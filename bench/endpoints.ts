import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Addresses of 127.0.0.0/8, so that every endpoint is another one and no name is looked up. */
export function loopbackHosts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `127.${host(index)}`);
}

function host(index: number): string {
  return [Math.floor(index / 62_500), Math.floor(index / 250) % 250, 1 + (index % 250)].join('.');
}

/** The same endpoints, each as `host:port`, as the programs want them. */
export interface EndpointList {
  readonly endpoints: readonly string[];
  /** For `notafter probe --file`. */
  readonly file: string;
  /** One `host:port` per line. */
  readonly plainFile: string;
}

export function writeEndpoints(directory: string, name: string, endpoints: readonly string[]): EndpointList {
  const file = join(directory, `${name}.txt`);
  const plainFile = join(directory, `${name}-plain.txt`);
  writeFileSync(file, endpoints.map((each) => `${each} name=bench.test\n`).join(''));
  writeFileSync(plainFile, endpoints.map((each) => `${each}\n`).join(''));
  return { endpoints, file, plainFile };
}
