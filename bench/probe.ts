/**
 * `npm run bench -- probe`: CPU per endpoint and endpoints per second, against nginx and, where its TLS library lacks the
 * hybrid group, against Node's server too. In turn, so that a machine that gets slower gets slower for all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EndpointList, loopbackHosts, writeEndpoints } from './endpoints.ts';
import { measureSTime } from './openssl-s-time.ts';
import { type Cost, installed, median } from './processes.ts';
import { type Program, programs } from './programs.ts';
import { type Row, ratio } from './row.ts';
import { type BenchServer, startServer } from './server.ts';

const ENDPOINTS = 5_000;
const ROUNDS = 3;
const PORT = 19_443;
const LOOK = { concurrency: 200, timeoutS: 10 };
const HYBRID = 'X25519MLKEM768';

/** What we want to hold: against the old exporter without the hybrid group, and against a current prober with it. */
const GOALS: Readonly<Record<string, number>> = { 'prometheus-blackbox-exporter': 1.25, 'prober in Go': 1 };

export async function probe(row: Row): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
  try {
    const seen = installed('nginx') ? await against('nginx', directory, row) : '';
    if (!seen.includes(HYBRID)) await against('node', directory, row);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns What NotAfter negotiated. */
async function against(kind: 'nginx' | 'node', directory: string, row: Row): Promise<string> {
  const server = await startServer(directory, PORT, kind);
  try {
    const endpoints = loopbackHosts(ENDPOINTS).map((host) => `${host}:${PORT}`);
    const list = writeEndpoints(directory, 'endpoints', endpoints);
    const one = writeEndpoints(directory, 'one', endpoints.slice(0, 1));
    const all = programs(directory, server.caFile);
    console.log(
      `Probing ${server.name}: ${ENDPOINTS} endpoints, ${LOOK.concurrency} at once, whole programs, median of ${ROUNDS}`,
    );
    for (const program of all.filter(({ missing }) => missing === undefined)) {
      const negotiated = program.negotiated(one);
      if (negotiated !== null) row(program.name, negotiated);
    }
    await rounds(all, list, server, row);
    console.log();
    return all[0]?.negotiated(one) ?? '';
  } finally {
    await server.close();
  }
}

async function rounds(
  all: readonly Program[],
  list: EndpointList,
  server: BenchServer,
  row: Row,
): Promise<void> {
  const runnable = all.filter(({ missing }) => missing === undefined);
  const costs = new Map<Program, Cost[]>(runnable.map((program) => [program, []]));
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [program, figures] of costs) figures.push(await program.run(list, LOOK, true));
    if (installed('openssl')) bare.push(await measureSTime(server.port));
  }
  const cpu = (program: Program) =>
    median((costs.get(program) ?? []).map(({ cpuMs }) => cpuMs / list.endpoints.length));
  for (const program of all) {
    if (program.missing !== undefined) {
      row(program.name, program.missing);
      continue;
    }
    const figures = costs.get(program) ?? [];
    const perSecond = median(figures.map(({ wallMs }) => (list.endpoints.length / wallMs) * 1000));
    const peakMb = Math.max(...figures.map(({ peakMb }) => peakMb ?? 0));
    row(
      program.name,
      `${cpu(program).toFixed(3)} ms CPU   ${perSecond.toFixed(0)} endpoints/s   peak ${peakMb.toFixed(0)} MB`,
    );
  }
  if (bare.length > 0)
    row('openssl s_time -new', `${median(bare).toFixed(3)} ms CPU   (one after the other)`);
  else row('openssl s_time -new', 'not installed');
  const [ours, ...peers] = runnable;
  if (ours === undefined) return;
  for (const peer of peers) {
    const goal = Object.entries(GOALS).find(([name]) => peer.name.startsWith(name))?.[1];
    row(`notafter / ${short(peer.name)}`, ratio(cpu(ours), cpu(peer), goal));
  }
  if (bare.length > 0) row('notafter / s_time', ratio(cpu(ours), median(bare)));
}

function short(name: string): string {
  return name.replace('prometheus-', '').replace('prober in ', '').replace(/ \(.*/, '');
}
