/** The prober in Go beside this file, as a peer with a current TLS stack. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installed } from './processes.ts';

/** Where the binary lies and which Go made it, or what is missing. */
export type MaybeGoProber =
  | { readonly binary: string; readonly version: string }
  | { readonly missing: string };

/** The place of Go's own installer, which is not on everybody's PATH. */
const USUAL_PLACE = '/usr/local/go/bin/go';

/** Since this one a connection tells its group; X25519MLKEM768 is offered since 1.24. */
const NEEDED = [1, 25] as const;

/** Builds it into the directory (some ten seconds the first time, without network). */
export function goProber(directory: string): MaybeGoProber {
  const go = installed('go') ? 'go' : USUAL_PLACE;
  if (go === USUAL_PLACE && !existsSync(go)) return { missing: 'go is not installed (https://go.dev/dl)' };
  const env = { ...process.env, GOTOOLCHAIN: 'local' };
  const version = execFileSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', env }).trim();
  const [major = 0, minor = 0] = version.replace('go', '').split('.').map(Number);
  if (major === NEEDED[0] && minor < NEEDED[1])
    return { missing: `needs Go ${NEEDED.join('.')}, not ${version}` };
  const binary = join(directory, 'go-prober');
  const source = join(import.meta.dirname, 'go');
  const built = spawnSync(go, ['build', '-o', binary, '.'], { cwd: source, env, encoding: 'utf8' });
  if (built.status !== 0) return { missing: `does not build with ${version}: ${built.stderr.trim()}` };
  return { binary, version };
}
