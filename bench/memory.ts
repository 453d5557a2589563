/**
 * `npm run bench -- memory`: the highest resident set with 1,000 probes in flight: all of them hanging in the handshake,
 * and all of them answered at the same moment. Beside it that of a single probe.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopbackHosts, writeEndpoints } from './endpoints.ts';
import { startRelay } from './neighbours.ts';
import { type Program, programs } from './programs.ts';
import type { Row } from './row.ts';
import { startServer } from './server.ts';

const IN_FLIGHT = 1_000;
const PORT = 19_443;
const NEXT = 19_444;
const TIMEOUT_S = 5;

export async function memory(row: Row): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
  const server = await startServer(directory, PORT);
  try {
    console.log(`Memory with ${IN_FLIGHT} probes in flight, peak resident set, one run each`);
    for (const program of programs(directory, server.caFile)) {
      if (program.missing === undefined) await measureMemory(program, directory, row);
      else row(program.name, program.missing);
    }
    console.log();
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureMemory(program: Program, directory: string, row: Row): Promise<void> {
  const list = (count: number, port: number) =>
    writeEndpoints(
      directory,
      `memory-${count}`,
      loopbackHosts(count).map((host) => `${host}:${port}`),
    );
  const look = { concurrency: IN_FLIGHT, timeoutS: TIMEOUT_S };

  const alone = await program.run(list(1, PORT), look, true);
  row(program.name, `${mb(alone.peakMb)} for one endpoint`);

  const silent = await startRelay('--listen', `${NEXT}`);
  const hanging = await program.run(list(IN_FLIGHT, NEXT), look, false);
  const hung = await silent.close();
  row('  hanging in the handshake', figures(hanging.peakMb, alone.peakMb, hung));

  const gate = await startRelay('--listen', `${NEXT}`, '--to', `${PORT}`, '--gate', `${IN_FLIGHT}`);
  const answered = await program.run(list(IN_FLIGHT, NEXT), look, false);
  const passed = await gate.close();
  row('  answered at once', figures(answered.peakMb, alone.peakMb, passed));
}

function figures(peakMb: number | null, aloneMb: number | null, atOnce: number): string {
  if (peakMb === null || aloneMb === null) return 'unknown (no /proc, or ended too soon)';
  const each = ((peakMb - aloneMb) * 1024) / atOnce;
  return `${mb(peakMb)}   ${each.toFixed(0)} KB for each of ${atOnce} at once`;
}

function mb(figure: number | null): string {
  return figure === null ? 'unknown' : `${figure.toFixed(0)} MB`;
}
