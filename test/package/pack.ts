import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKED =
  /^(bin|docs|functions|lib|scripts|templates|package\.json|tsconfig.*\.json|README\.md|LICENSE|CHANGELOG\.md)$/;

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  readonly [field: string]: unknown;
}

/**
 * Packs a copy of the checkout, so that the checkout's own build is left alone while other tests run.
 *
 * @returns The path of the tarball.
 */
export async function packProject(into: string): Promise<string> {
  const copy = join(into, 'project');
  await mkdir(copy);
  for (const name of await readdir(ROOT)) {
    if (PACKED.test(name)) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', into], { cwd: copy });
  // The scripts of the package may say something first. npm 12 names the array's elements.
  const report = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed] = Array.isArray(report) ? report : Object.values<{ filename: string }>(report);
  return join(into, packed.filename);
}

/**
 * Installs a tarball into an empty folder from npm's cache alone: with a lockfile made from ours, because without one
 * npm would ask the registry which versions there are.
 */
export async function installOffline(tarball: string, folder: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  const locked = Object.entries<LockedPackage>(lock.packages);
  const { devDependencies: _, ...own } = lock.packages[''];
  const dependencies = { notafter: `file:${tarball}` };
  const packages = Object.fromEntries([
    ['', { name: 'consumer', version: '1.0.0', dependencies }],
    ['node_modules/notafter', { ...own, resolved: `file:${tarball}` }],
    ...locked
      .filter(([path, entry]) => path !== '' && !entry.dev)
      .map(([path, entry]) => [path, { resolved: tarballUrl(path, entry.version), ...entry }]),
  ]);
  const consumer = { name: 'consumer', version: '1.0.0', private: true, dependencies };
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify(consumer));
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...consumer, lockfileVersion: 3, requires: true, packages }),
  );
  await run('npm', ['ci', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/**
 * Where a lockfile that does not say so means a package to be. The cache finds it by its integrity; without an address
 * npm would ask the registry for one.
 */
function tarballUrl(path: string, version: string): string {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return `https://registry.npmjs.org/${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
}
