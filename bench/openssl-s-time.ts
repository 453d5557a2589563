/** `openssl s_time -new` as a peer: a bare client that does nothing with what it is served. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './processes.ts';

const SECONDS = 3;

/** Client CPU of a bare handshake, in milliseconds. */
export async function measureSTime(port: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
  const output = join(directory, 's_time.txt');
  const command = `exec openssl s_time -connect 127.0.0.1:${port} -new -time ${SECONDS} >${output} 2>&1`;
  const { cpuMs } = await measure('sh', ['-c', command]);
  const report = readFileSync(output, 'utf8');
  rmSync(directory, { recursive: true });
  const connections = Number(/(\d+) connections in [\d.]+s;/.exec(report)?.[1]);
  return cpuMs / connections;
}
