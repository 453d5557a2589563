import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../lib/core/endpoint.ts';
import type { AddressObservation } from '../../lib/core/observation.ts';
import type { Failure, Reason } from '../../lib/core/reason.ts';

/** One probe, and its deadline. */
export interface Look {
  readonly endpoint: Endpoint;
  readonly timeoutMs: number;
}

/** What a process of its own is to probe, round after round; every round has to be over before the next begins. */
export interface ZooJob {
  readonly rounds: readonly (readonly Look[])[];
  /** PEM of a CA to trust. */
  readonly ca: string;
  readonly dns: { readonly address: string; readonly port: number };
  /** `ulimit -n` of the process. @default the system's */
  readonly descriptors?: number;
}

/** How much later than at the deadline an observation may come. */
export const LATE_MS = 500;

/** Endpoints in flight for each deadline. */
export const CONCURRENCY = 200;

/** What a test of the zoo wants to know of one probe. */
export interface Sighted {
  readonly addresses: readonly SightedAddress[];
  /** Why there are none. */
  readonly failure?: Failure;
  /** It came more than `LATE_MS` after its deadline, to go by the timers of the process itself. */
  readonly late: boolean;
}

export interface SightedAddress {
  readonly failure?: Failure;
  /** Fingerprints, leaf first. */
  readonly presented?: readonly string[];
  /** The path reaches a trust anchor, and OpenSSL has no objection. */
  readonly verified?: boolean;
  readonly clientCertificateRequired?: boolean;
  readonly legacy?: boolean;
  readonly brokenOff?: Reason;
}

/** Bytes after a forced collection. */
export interface MemoryUse {
  readonly heap: number;
  /** Buffers and what else lies outside of the heap but belongs to objects in it. */
  readonly external: number;
  readonly resident: number;
}

export interface ZooOutcome {
  readonly rounds: readonly (readonly Sighted[])[];
  /** Processor time of each round, in milliseconds: that of the system included. */
  readonly cpuMs: readonly number[];
  /** After each round. */
  readonly memory: readonly MemoryUse[];
  /** What keeps the event loop alive after the last round, beyond what did before the first. */
  readonly leftBehind: readonly string[];
}

/** Probes in a child: whatever these servers do to it, the tests live. Rejects where it dies. */
export function probeZoo(job: ZooJob): Promise<ZooOutcome> {
  const script = fileURLToPath(new URL('zoo-process-main.ts', import.meta.url));
  const limit = job.descriptors === undefined ? '' : `ulimit -n ${job.descriptors}; `;
  return new Promise((resolve, reject) => {
    const args = ['-c', `${limit}exec "$@"`, 'sh', process.execPath, '--expose-gc', script];
    const child = execFile('sh', args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`the probing process died: ${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout));
    });
    child.stdin?.end(JSON.stringify(job));
  });
}

export function sighted(address: AddressObservation): SightedAddress {
  const { answer, failure } = address;
  if (answer === undefined) return failure === undefined ? {} : { failure };
  const { certificates, anchor, verdict } = answer.chain;
  return {
    ...(failure === undefined ? {} : { failure }),
    presented: certificates.map(({ fingerprint }) => fingerprint),
    verified: anchor !== null && verdict === null,
    clientCertificateRequired: answer.clientCertificateRequired,
    legacy: answer.legacy === true,
    ...(answer.brokenOff === undefined ? {} : { brokenOff: answer.brokenOff.reason }),
  };
}
