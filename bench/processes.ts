/** Running other programs and reading what the kernel charged them. Linux only where /proc is needed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one finished command cost. */
export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Highest resident set of the process itself, in MB; null where /proc is missing. */
  readonly peakMb: number | null;
  readonly code: number | null;
  readonly stdoutBytes: number;
}

/**
 * Runs a command to its end. CPU is user and system time of the whole process tree, by the shell's `times`
 * (POSIX); the output is counted and thrown away.
 */
export async function measure(command: string, args: readonly string[]): Promise<Cost> {
  const startedAt = performance.now();
  // The command runs in the background of the shell so that its process id is known.
  const script = '"$@" & echo "pid $!" >&3; wait $!; code=$?; times >&3; exit $code';
  const child = spawn('sh', ['-c', script, 'sh', command, ...args], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  let report = '';
  let stdoutBytes = 0;
  let peakMb: number | null = null;
  child.stdout?.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
  });
  (child.stdio[3] as NodeJS.ReadableStream).on('data', (chunk: Buffer) => {
    report += chunk;
  });
  const watch = setInterval(() => {
    const pid = /pid (\d+)/.exec(report)?.[1];
    if (pid !== undefined) peakMb = Math.max(peakMb ?? 0, residentPeakMb(Number(pid)) ?? 0) || null;
  }, 5);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  // The second line of `times` is for the children.
  const cpu = report.match(/(\d+)m([\d.]+)s/g)?.slice(2) ?? [];
  return {
    cpuMs: cpu.reduce((sum, text) => sum + minutesSeconds(text), 0),
    wallMs: performance.now() - startedAt,
    peakMb,
    code,
    stdoutBytes,
  };
}

function minutesSeconds(text: string): number {
  const [, minutes = '0', seconds = '0'] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1000;
}

/** Highest resident set of a running process, in MB; undefined where /proc does not tell. */
export function residentPeakMb(pid: number): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

/** User and system time that a running process has been charged so far, in milliseconds (proc(5), clock ticks of 10 ms). */
export function cpuSoFarMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Whether a program is installed. */
export function installed(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** Ends a background process and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
