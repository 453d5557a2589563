/** Latency by the kernel, in a network namespace of its own, so that nobody else on the machine gets slower. */
import { spawn, spawnSync } from 'node:child_process';

/** Set in the process that runs inside. */
const INSIDE = 'NOTAFTER_BENCH_NETEM';

/**
 * Runs its arguments with a loopback that delays. `netem` delays what goes out, and on loopback both ways go out. Who is
 * not root gets the right to do so in a namespace of users, where the kernel allows that.
 */
const SCRIPT = (eachWayMs: number) => `[ "$(id -u)" = 0 ] || user='--map-current-user --keep-caps'
  exec unshare --net $user sh -c \
    'ip link set lo up && tc qdisc add dev lo root netem delay ${eachWayMs}ms limit 100000 && "$@"' "$@"`;

export function insideNetem(): boolean {
  return process.env[INSIDE] !== undefined;
}

/** Why this machine has no netem for us (namespaces forbidden, tc missing, kernel module missing); null where it has. */
export function whyNoNetem(eachWayMs: number): string | null {
  const tried = spawnSync('sh', ['-c', SCRIPT(eachWayMs), 'sh', 'sh', 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return null;
  return tried.stderr.trim().split('\n').at(-1) || `it ended with ${tried.status}`;
}

/** Runs one scenario of the bench again, inside. */
export async function runInside(scenario: string, eachWayMs: number): Promise<void> {
  const command = [process.execPath, process.argv[1] ?? '', scenario];
  const child = spawn('sh', ['-c', SCRIPT(eachWayMs), 'sh', 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the bench in its own network ended with ${code}`);
}
