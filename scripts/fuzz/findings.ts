import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Finding } from './supervise.ts';

/** Where inputs that show a failure are put. Git ignores it: what is worth keeping goes into test/fuzz/seeds.ts. */
const FOLDER = join(import.meta.dirname, '..', '..', 'fuzz-findings');

/** Writes the input down, and says how to see the failure again. */
export function save({ target, failure, input }: Finding): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${target}.${failure.kind}.${hash('sha256', input, 'hex').slice(0, 8)}`);
  writeFileSync(file, input);
  return [
    `${target}: ${failure.kind}: ${failure.message}`,
    `  ${input.length} octets: ${shown(input)}`,
    `  npm run fuzz -- --replay ${relative('', file)}`,
  ].join('\n');
}

const SHOWN = 48;

function shown(input: Buffer): string {
  return `${input.toString('hex', 0, SHOWN)}${input.length > SHOWN ? '…' : ''}`;
}

/** The input in a file, and the target that the file's name begins with. */
export function load(file: string): { readonly target: string; readonly input: Buffer } {
  return { target: basename(file).split('.')[0] ?? '', input: readFileSync(file) };
}
