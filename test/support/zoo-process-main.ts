import { text } from 'node:stream/consumers';
import { setTimeout as elapsed } from 'node:timers/promises';
import { createProber, type Prober } from '../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import {
  CONCURRENCY,
  LATE_MS,
  type Look,
  type MemoryUse,
  type Sighted,
  sighted,
  type ZooJob,
  type ZooOutcome,
} from './zoo-process.ts';

const job: ZooJob = JSON.parse(await text(process.stdin));
const { dns } = job;
/** In so many turns of the event loop at most, a socket that was given up is closed. */
const TURNS_TO_CLOSE = 10;
const trust = loadTrust(job.ca);
const before = process.getActiveResourcesInfo();

const rounds: Sighted[][] = [];
const cpuMs: number[] = [];
const memory: MemoryUse[] = [];
for (const looks of job.rounds) {
  const probers = new Map<number, Prober>();
  for (const { timeoutMs } of looks) {
    if (probers.has(timeoutMs)) continue;
    probers.set(timeoutMs, createProber({ trust, timeoutMs, concurrency: CONCURRENCY, dns }));
  }
  const cpuBefore = process.cpuUsage();
  rounds.push(await Promise.all(looks.map((each) => look(probers.get(each.timeoutMs) as Prober, each))));
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuMs.push((user + system) / 1000);
  probers.clear();
  memory.push(await measured());
}
const outcome: ZooOutcome = { rounds, cpuMs, memory, leftBehind: leftBehind() };
process.stdout.write(JSON.stringify(outcome));

async function look(prober: Prober, { endpoint, timeoutMs }: Look): Promise<Sighted> {
  // On a crowded machine every timer is late and a turn of the loop takes long: what counts is what comes first.
  let late = false;
  const timer = setTimeout(async () => {
    for (let turn = 0; turn < TURNS_TO_CLOSE; turn += 1) await new Promise(setImmediate);
    late = true;
  }, timeoutMs + LATE_MS);
  const { addresses, failure } = await prober.probe(endpoint);
  clearTimeout(timer);
  return { addresses: addresses.map(sighted), ...(failure === undefined ? {} : { failure }), late };
}

/** What the last sockets hold is held until they are closed. */
async function measured(): Promise<MemoryUse> {
  for (let turn = 0; turn < TURNS_TO_CLOSE && leftBehind().length > 0; turn += 1) await elapsed();
  globalThis.gc?.();
  await elapsed();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, resident: rss };
}

function leftBehind(): string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((resource) => {
    const at = known.indexOf(resource);
    if (at !== -1) known.splice(at, 1);
    return at === -1;
  });
}
