#!/usr/bin/env node
// Plain JavaScript that old versions of Node can parse, so that they get a sentence instead of a syntax error. Sources
// in a checkout, the build in the package: Node strips no types below node_modules.
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
// As a whole: asking for enableCompileCache by name is a syntax error where there is none (Node before 22.1).
import module from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

const REQUIRED = 24;

/**
 * Where compiled code may be kept; undefined where there is no such place. Never Node's own default below the temporary
 * directory: what is found there is executed, and there anybody could have put it.
 */
function codeCache() {
  try {
    const { XDG_CACHE_HOME } = process.env;
    const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
    const directory = join(base, 'notafter', 'code');
    return [base, dirname(directory), directory].every(isOurs) ? directory : undefined;
  } catch {
    return undefined; // a user without a home, as in some containers
  }
}

/** Makes the directory where it is missing; nobody else may own it or write to it. */
function isOurs(directory) {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (error.code !== 'EEXIST') return false;
  }
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

if (Number.parseInt(process.versions.node, 10) < REQUIRED) {
  process.stderr.write(
    `notafter needs Node.js ${REQUIRED} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current version from https://nodejs.org. In a checkout, npm ci brings one and npx notafter uses it.\n',
  );
  process.exitCode = 3;
} else {
  const cache = codeCache();
  if (cache !== undefined) module.enableCompileCache?.(cache);
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
