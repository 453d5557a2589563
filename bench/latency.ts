/**
 * `npm run bench -- latency`: 5,000 endpoints behind a round trip of 50 ms, of which 5 % are dead: half of these accept
 * and say nothing, the other half lets no connection in. What counts is the wall clock against the ideal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopbackHosts, writeEndpoints } from './endpoints.ts';
import { startBlackhole, startRelay } from './neighbours.ts';
import { insideNetem, runInside, whyNoNetem } from './netem.ts';
import { programs } from './programs.ts';
import { type Row, ratio } from './row.ts';
import { startServer } from './server.ts';

const ENDPOINTS = 5_000;
const DEAD_EVERY = 20;
const EACH_WAY_MS = 25;
/** The defaults of `notafter probe`. */
const LOOK = { concurrency: 200, timeoutS: 10 };
const GOAL = 1.1;
const SERVER = 19_443;
const RELAY = 19_444;
const SILENT = 19_445;
const BLACKHOLE = 19_446;

export async function latency(row: Row): Promise<void> {
  const noNetem = insideNetem() ? null : whyNoNetem(EACH_WAY_MS);
  if (noNetem === null && !insideNetem()) return await runInside('latency', EACH_WAY_MS);

  const directory = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
  const server = await startServer(directory, SERVER);
  const neighbours = [await startRelay('--listen', `${SILENT}`), await startBlackhole(BLACKHOLE)];
  if (noNetem !== null) {
    neighbours.push(
      await startRelay('--listen', `${RELAY}`, '--to', `${SERVER}`, '--delay', `${EACH_WAY_MS}`),
    );
  }
  try {
    const alive = noNetem === null ? SERVER : RELAY;
    const ports = Array.from({ length: ENDPOINTS }, (_, index) => portOf(index, alive));
    const hosts = loopbackHosts(ENDPOINTS);
    const list = writeEndpoints(
      directory,
      'distant',
      hosts.map((host, index) => `${host}:${ports[index]}`),
    );
    console.log(
      `${ENDPOINTS} endpoints of ${server.name} at ${2 * EACH_WAY_MS} ms, ${100 / DEAD_EVERY} % dead, ` +
        `deadline ${LOOK.timeoutS} s, ${LOOK.concurrency} at once, one run each`,
    );
    row('latency by', noNetem === null ? 'tc netem' : `a relay in its own process (no netem: ${noNetem})`);
    const idealMs = ideal(ports.map((port) => (port === alive ? 4 * EACH_WAY_MS : LOOK.timeoutS * 1000)));
    row('ideal: slots that only wait', `${(idealMs / 1000).toFixed(1)} s (computed)`);
    for (const [index, program] of programs(directory, server.caFile).entries()) {
      if (program.missing !== undefined) {
        row(program.name, program.missing);
        continue;
      }
      const { wallMs, cpuMs, peakMb } = await program.run(list, LOOK, false);
      row(
        program.name,
        `${(wallMs / 1000).toFixed(1)} s   ${(cpuMs / 1000).toFixed(1)} s CPU   peak ${peakMb?.toFixed(0)} MB   ` +
          `ratio to ideal ${ratio(wallMs, idealMs, index === 0 ? GOAL : undefined)}`,
      );
    }
    console.log();
  } finally {
    for (const neighbour of neighbours) await neighbour.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function portOf(index: number, alive: number): number {
  if (index % DEAD_EVERY !== 0) return alive;
  return index % (2 * DEAD_EVERY) === 0 ? SILENT : BLACKHOLE;
}

/**
 * The wall clock of somebody who works through the list in its order with that many slots, does not know which hosts are
 * dead, spends no CPU, and is done with a living one after two round trips (connect, handshake).
 */
function ideal(takesMs: readonly number[]): number {
  const freeAt = new Array<number>(LOOK.concurrency).fill(0);
  for (const ms of takesMs) {
    const first = freeAt.indexOf(Math.min(...freeAt));
    freeAt[first] = (freeAt[first] ?? 0) + ms;
  }
  return Math.max(...freeAt);
}
