/**
 * `npm run bench`: what a probe costs, side by side with others in the same run. Figures are medians; quote ratios,
 * machines differ. What needs a program that is missing says so and is left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { alerts } from './alerts.ts';
import { measureExporter } from './blackbox-exporter.ts';
import { installed, measure, median } from './processes.ts';
import { startServer } from './server.ts';
import { serverless } from './serverless.ts';

const ROUNDS = 3;
const ENDPOINTS = 5_000;
const CLI = join(import.meta.dirname, '..', 'bin', 'notafter.js');
const PORT = 19_443;

if (process.argv.includes('serverless')) {
  await serverless(row);
  process.exit();
}

if (process.argv.includes('alerts')) {
  await alerts(row);
  process.exit();
}

const directory = mkdtempSync(join(tmpdir(), 'notafter-bench-'));
const server = await startServer(directory, PORT);
try {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, ${server.name}\n`,
  );
  await probeCost();
  await hangingHosts();
  await helpTime();
  console.log();
  await serverless(row);
  await alerts(row);
} finally {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
}

/** CPU per probe: notafter, blackbox_exporter and `openssl s_time`, in turn, so that drift hits all of them. */
async function probeCost(): Promise<void> {
  const list = join(directory, 'endpoints.txt');
  const hosts = Array.from(
    { length: ENDPOINTS },
    (_, index) => `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`,
  );
  writeFileSync(list, hosts.map((host) => `${host}:${PORT} name=bench.test\n`).join(''));
  const probe = [CLI, 'probe', '--file', list, '--json', '--ca', server.caFile];
  const exporter = installed('prometheus-blackbox-exporter');
  const openssl = installed('openssl');
  const ours: number[] = [];
  const theirs: number[] = [];
  const bare: number[] = [];
  let peakMb = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const cost = await measure(process.execPath, probe);
    if (cost.code !== 0)
      throw new Error(`notafter probe ended with ${cost.code}: not every endpoint was well`);
    ours.push(cost.cpuMs / ENDPOINTS);
    peakMb = Math.max(peakMb, cost.peakMb ?? 0);
    if (exporter) theirs.push(await measureExporter(directory, hosts, PORT));
    if (openssl) bare.push(await measureOpenssl());
  }
  console.log(
    `CPU per probe, ${ENDPOINTS} endpoints, whole program (start, handshake, chain, checks, JSON), median of ${ROUNDS}`,
  );
  row('notafter probe --json', `${median(ours).toFixed(3)} ms   peak ${peakMb.toFixed(0)} MB`);
  if (exporter) {
    row('prometheus-blackbox-exporter', `${median(theirs).toFixed(3)} ms`);
    row('ratio notafter / exporter', ratio(median(ours), median(theirs)));
  } else row('prometheus-blackbox-exporter', 'not installed (Debian package of that name)');
  if (openssl) {
    row('openssl s_time -new', `${median(bare).toFixed(3)} ms`);
    row('ratio notafter / s_time', ratio(median(ours), median(bare)));
  } else row('openssl s_time -new', 'not installed');
  console.log();
}

/** Client CPU of a bare handshake by OpenSSL's own timer. */
async function measureOpenssl(): Promise<number> {
  const output = join(directory, 's_time.txt');
  const command = `exec openssl s_time -connect 127.0.0.1:${PORT} -new -time 3 >${output} 2>&1`;
  const cost = await measure('sh', ['-c', command]);
  const { readFileSync } = await import('node:fs');
  const connections = Number(/(\d+) connections in [\d.]+s;/.exec(readFileSync(output, 'utf8'))?.[1]);
  return cost.cpuMs / connections;
}

/** 10,000 endpoints of which 5 % accept and say nothing: bounded by deadline and concurrency, not by one after another. */
async function hangingHosts(): Promise<void> {
  const total = 10_000;
  const timeoutMs = 2_000;
  const concurrency = 200;
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(PORT + 1, '0.0.0.0', 4096, resolve));
  const list = join(directory, 'hanging.txt');
  const lines = Array.from({ length: total }, (_, index) => {
    const host = `127.1.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
    return `${host}:${index % 20 === 0 ? PORT + 1 : PORT} name=bench.test\n`;
  });
  writeFileSync(list, lines.join(''));
  const probe = ['probe', '--file', list, '--json', '--ca', server.caFile, '--concurrency', `${concurrency}`];
  const healthy = join(directory, 'healthy.txt');
  writeFileSync(healthy, lines.filter((_, index) => index % 20 !== 0).join(''));
  const deadline = ['--timeout', `${timeoutMs / 1000}s`];
  const withoutMs: number[] = [];
  const allMs: number[] = [];
  let peakMb = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const without = await measure(process.execPath, [CLI, ...probe.with(2, healthy), ...deadline]);
    withoutMs.push(without.wallMs);
    const all = await measure(process.execPath, [CLI, ...probe, ...deadline]);
    allMs.push(all.wallMs);
    peakMb = Math.max(peakMb, all.peakMb ?? 0);
  }
  silent.close();
  silent.unref();
  // Nobody can be faster than the slots that hanging endpoints hold, nor than the healthy ones alone.
  const slotsMs = ((total / 20) * timeoutMs) / concurrency;
  const boundMs = Math.max(slotsMs, median(withoutMs));
  console.log(
    `${total} endpoints, 5 % hanging, deadline ${timeoutMs / 1000} s, ${concurrency} at once, median of ${ROUNDS}`,
  );
  row('the healthy ones alone', `${(median(withoutMs) / 1000).toFixed(1)} s`);
  row('the hanging ones alone', `${(slotsMs / 1000).toFixed(1)} s (deadline and slots, computed)`);
  row('all', `${(median(allMs) / 1000).toFixed(1)} s   peak ${peakMb.toFixed(0)} MB`);
  row('ratio all / the longer of these', ratio(median(allMs), boundMs));
  console.log();
}

async function helpTime(): Promise<void> {
  const walls: number[] = [];
  for (let round = 0; round < 11; round += 1)
    walls.push((await measure(process.execPath, [CLI, '--help'])).wallMs);
  console.log('Start of the command line, median of 11');
  row('notafter --help', `${median(walls).toFixed(0)} ms`);
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(2)}`;
}

function row(what: string, figure: string): void {
  console.log(`  ${what.padEnd(32)} ${figure}`);
}
