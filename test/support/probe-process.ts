import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../lib/core/endpoint.ts';
import type { EndpointObservation } from '../../lib/core/observation.ts';

/** What a process of its own is to probe, and in what state. */
export interface ProbeJob {
  readonly endpoints: readonly Endpoint[];
  readonly timeoutMs: number;
  /** PEM of a CA to trust. */
  readonly ca?: string;
  readonly dns?: { readonly address: string; readonly port: number };
  /** Leave only so many file descriptors free while probing. */
  readonly freeDescriptors?: number;
}

export interface ProbeOutcome {
  readonly observations: readonly EndpointObservation[];
  /** What kept the event loop alive after the last probe (`process.getActiveResourcesInfo`), beyond what did before. */
  readonly leftBehind: readonly string[];
}

/** Probes in a child, so that what it leaves behind, runs out of or dies of can be told. Rejects where it dies. */
export function probeInProcess(job: ProbeJob): Promise<ProbeOutcome> {
  const script = fileURLToPath(new URL('probe-process-main.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    // A low limit of descriptors makes running out of them quick.
    const command = 'ulimit -n 256; exec "$@"';
    const args = ['-c', command, 'sh', process.execPath, script, JSON.stringify(job)];
    execFile('sh', args, (error, stdout, stderr) => {
      if (error) reject(new Error(`the probing process died: ${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });
}
