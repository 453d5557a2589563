import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { createProber } from '../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import type { ProbeJob, ProbeOutcome } from './probe-process.ts';

const job: ProbeJob = JSON.parse(process.argv[2] ?? '{}');
const prober = createProber({
  trust: loadTrust(job.ca),
  timeoutMs: job.timeoutMs,
  concurrency: 100,
  dns: job.dns,
});

const held = job.freeDescriptors === undefined ? [] : holdDescriptors(job.freeDescriptors);
const before = process.getActiveResourcesInfo();
const observations = await Promise.all(job.endpoints.map((endpoint) => prober.probe(endpoint)));
// The turns of the event loop in which the last sockets close still count as active; what is forgotten stays.
for (let turn = 0; turn < 10 && leftBehind().length > 0; turn += 1) await setTimeout();
for (const descriptor of held) closeSync(descriptor);

const outcome: ProbeOutcome = { observations, leftBehind: leftBehind() };
process.stdout.write(JSON.stringify(outcome));

/** Opens descriptors until there are no more, and closes so many again. */
function holdDescriptors(free: number): number[] {
  const descriptors: number[] = [];
  try {
    for (;;) descriptors.push(openSync('/dev/null', 'r'));
  } catch {
    for (const descriptor of descriptors.splice(0, free)) closeSync(descriptor);
    return descriptors;
  }
}

function leftBehind(): string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((resource) => {
    const at = known.indexOf(resource);
    if (at !== -1) known.splice(at, 1);
    return at === -1;
  });
}
