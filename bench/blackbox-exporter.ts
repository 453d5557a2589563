/** Debian's prometheus-blackbox-exporter as a peer: the CPU that one probe costs it, HTTP interface included. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { cpuSoFarMs, stop } from './processes.ts';

const CONFIG = `modules:
  tls:
    prober: tcp
    timeout: 10s
    tcp:
      tls: true
      tls_config:
        server_name: bench.test
        ca_file: CA_FILE
`;
const PORT = 19_115;
const AT_ONCE = 50;

/** Probes every host once and returns milliseconds of CPU per probe. Rejects where a probe fails. */
export async function measureExporter(
  directory: string,
  hosts: readonly string[],
  port: number,
): Promise<number> {
  const config = join(directory, 'blackbox.yml');
  writeFileSync(config, CONFIG.replace('CA_FILE', join(directory, 'ca.pem')));
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${PORT}`, '--log.level=error'];
  const child = spawn('prometheus-blackbox-exporter', args, { stdio: 'ignore' });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    await ready(agent);
    const before = cpuSoFarMs(child.pid as number);
    const queue = hosts.values();
    const lane = async () => {
      for (const host of queue) {
        const body = await fetchText(agent, `/probe?module=tls&target=${host}:${port}`);
        if (!/^probe_success 1$/m.test(body))
          throw new Error(`blackbox_exporter could not probe ${host}:${port}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return (cpuSoFarMs(child.pid as number) - before) / hosts.length;
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
