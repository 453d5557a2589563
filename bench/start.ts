/** `npm run bench -- start`: how long the command line takes to say anything. */
import { join } from 'node:path';
import { measure, median } from './processes.ts';
import type { Row } from './row.ts';

const ROUNDS = 11;
const CLI = join(import.meta.dirname, '..', 'bin', 'notafter.js');

export async function start(row: Row): Promise<void> {
  const walls: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    walls.push((await measure(process.execPath, [CLI, '--help'])).wallMs);
  console.log(`Start of the command line, median of ${ROUNDS}`);
  row('notafter --help', `${median(walls).toFixed(0)} ms`);
  console.log();
}
