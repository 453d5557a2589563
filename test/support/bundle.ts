import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The bundles that the stack deploys, made once before the tests: they run them as they are. */
export function setup(): void {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'bundle.ts');
  execFileSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
}
