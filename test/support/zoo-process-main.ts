import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Endpoint } from '../../lib/core/endpoint.ts';
import { createProber, type Prober } from '../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import {
  CONCURRENCY,
  type MemoryUse,
  type Sighted,
  sighted,
  type ZooJob,
  type ZooOutcome,
} from './zoo-process.ts';

const job: ZooJob = JSON.parse(await text(process.stdin));
const { dns } = job;
const trust = loadTrust(job.ca);
const before = process.getActiveResourcesInfo();

const rounds: Sighted[][] = [];
const memory: MemoryUse[] = [];
for (const { endpoints, timeoutMs } of job.rounds) {
  const prober = createProber({ trust, timeoutMs, concurrency: CONCURRENCY, dns });
  rounds.push(await Promise.all(endpoints.map((endpoint) => look(prober, endpoint))));
  memory.push(await measured());
}
const outcome: ZooOutcome = { rounds, memory, leftBehind: leftBehind() };
process.stdout.write(JSON.stringify(outcome));

async function look(prober: Prober, endpoint: Endpoint): Promise<Sighted> {
  const startedAt = performance.now();
  const { addresses, failure } = await prober.probe(endpoint);
  const tookMs = performance.now() - startedAt;
  return { addresses: addresses.map(sighted), ...(failure === undefined ? {} : { failure }), tookMs };
}

/** The turns of the event loop in which the last sockets close still hold on to something. */
async function measured(): Promise<MemoryUse> {
  for (let turn = 0; turn < 10 && leftBehind().length > 0; turn += 1) await setTimeout();
  globalThis.gc?.();
  await setTimeout();
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
