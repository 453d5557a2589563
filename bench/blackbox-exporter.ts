/** Debian's prometheus-blackbox-exporter as a peer: what probes cost it, its HTTP interface included. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { type Cost, cpuSoFarMs, residentPeakMb, stop } from './processes.ts';

const CONFIG = `modules:
  tls:
    prober: tcp
    timeout: TIMEOUTs
    tcp:
      tls: true
      tls_config:
        server_name: bench.test
        ca_file: CA_FILE
`;
const PORT = 19_115;

export interface ExporterOptions {
  /** For the configuration. */
  readonly directory: string;
  readonly caFile: string;
  /** Requests at the same time. */
  readonly concurrency: number;
  readonly timeoutS: number;
}

/** Probes every endpoint once: from the first request to the last answer. With `allWell` rejects where a probe fails. */
export async function measureExporter(
  { directory, caFile, concurrency, timeoutS }: ExporterOptions,
  endpoints: readonly string[],
  allWell: boolean,
): Promise<Cost> {
  const config = join(directory, 'blackbox.yml');
  writeFileSync(config, CONFIG.replace('CA_FILE', caFile).replace('TIMEOUT', `${timeoutS}`));
  const args = [
    `--config.file=${config}`,
    `--web.listen-address=127.0.0.1:${PORT}`,
    '--log.level=error',
    // Else it ends a probe half a second before the deadline that it was given.
    '--timeout-offset=0',
  ];
  const child = spawn('prometheus-blackbox-exporter', args, { stdio: 'ignore' });
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const pid = child.pid as number;
  try {
    await ready(agent);
    const cpuBefore = cpuSoFarMs(pid);
    const startedAt = performance.now();
    let stdoutBytes = 0;
    const queue = endpoints.values();
    const lane = async () => {
      for (const endpoint of queue) {
        const body = await fetchText(agent, `/probe?module=tls&target=${endpoint}`);
        stdoutBytes += body.length;
        if (allWell && !/^probe_success 1$/m.test(body))
          throw new Error(`blackbox_exporter could not probe ${endpoint}`);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return {
      cpuMs: cpuSoFarMs(pid) - cpuBefore,
      wallMs: performance.now() - startedAt,
      peakMb: residentPeakMb(pid) ?? null,
      code: 0,
      stdoutBytes,
    };
  } finally {
    agent.destroy();
    await stop(child);
  }
}

async function ready(agent: Agent): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await fetchText(agent, '/-/healthy');
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function fetchText(agent: Agent, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: PORT, path, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}
