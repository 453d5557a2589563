#!/usr/bin/env node
// Plain JavaScript that old versions of Node can parse, so that they get a sentence instead of a syntax error. Sources
// in a checkout, the build in the package: Node strips no types below node_modules.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

const REQUIRED = 24;

if (Number.parseInt(process.versions.node, 10) < REQUIRED) {
  process.stderr.write(
    `notafter needs Node.js ${REQUIRED} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current version from https://nodejs.org. In a checkout, npm ci brings one and npx notafter uses it.\n',
  );
  process.exitCode = 3;
} else {
  // A finished TLS conversation is a small object that holds much native memory, which only a collection of the young
  // generation frees. Left to grow, that generation is collected so rarely that thousands of probes pile up in it.
  setFlagsFromString('--semi-space-growth-factor=1');
  const sources = new URL('../lib/cli/main.ts', import.meta.url);
  const built = new URL('../dist/lib/cli/main.js', import.meta.url);
  try {
    const { main } = await import((existsSync(sources) ? sources : built).href);
    await main(process.argv.slice(2));
  } catch (error) {
    // Only a broken installation ends up here. Left alone, Node would exit 1, which means "a warning was found".
    process.stderr.write(`notafter could not start: ${String(error?.message).split('\n')[0]}\n`);
    if (process.env.NOTAFTER_DEBUG === '1') process.stderr.write(`${error?.stack}\n`);
    process.exitCode = 3;
  }
}
