/**
 * `npm run bench`: what things cost, side by side with others in the same run. `npm run bench -- probe memory` runs only
 * these scenarios. Quote ratios, machines differ. What needs a program that is missing says so and is left out.
 */
import { availableParallelism, cpus } from 'node:os';
import { alerts } from './alerts.ts';
import { crl } from './crl.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { insideNetem } from './netem.ts';
import { paths } from './paths.ts';
import { probe } from './probe.ts';
import type { Row } from './row.ts';
import { serverless } from './serverless.ts';
import { start } from './start.ts';

/** Each is a file of its name beside this one; without arguments they run in this order. */
const SCENARIOS: Readonly<Record<string, (row: Row) => Promise<void>>> = {
  probe,
  latency,
  memory,
  paths,
  crl,
  start,
  serverless,
  alerts,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown.length > 0) {
  console.error(`no such scenario: ${unknown.join(', ')}. There are ${Object.keys(SCENARIOS).join(', ')}.`);
  process.exit(2);
}

if (!insideNetem()) {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
}
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (asked.length === 0 || asked.includes(name)) await scenario(row);
}

function row(what: string, figure: string): void {
  console.log(`  ${what.padEnd(36)} ${figure}`);
}
