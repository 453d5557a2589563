import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mint } from '../support/pki.ts';
import { serveTls } from '../support/tls-servers.ts';
import { findOldNode } from './old-node.ts';
import { installOffline, packProject } from './pack.ts';

const run = promisify(execFile);
let folder: string;
let bin: string;
let cacheLacks: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-packed-'));
  const consumer = join(folder, 'consumer');
  bin = join(consumer, 'node_modules', '.bin', 'notafter');
  const tarball = await packProject(folder);
  try {
    await installOffline(tarball, consumer);
  } catch (error) {
    cacheLacks = /ENOTCACHED/.test(String(error))
      ? 'npm’s cache lacks our dependencies: run npm ci'
      : undefined;
    if (cacheLacks === undefined) throw error;
  }
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

/** The installed command, as a person in that folder would call it. */
async function notafter(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return run(process.execPath, [bin, ...args]).then(
    (done) => ({ code: 0, ...done }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe('the packed package', () => {
  it('runs inspect and probe from an empty folder', async ({ skip }) => {
    if (cacheLacks !== undefined) skip(cacheLacks);
    const leaf = await mint({ subject: 'CN=packed.test', names: ['127.0.0.1'] });
    const pem = join(folder, 'leaf.pem');
    await writeFile(pem, leaf.pem);
    const server = await serveTls([leaf]);
    const inspected = await notafter('inspect', '--json', pem);
    const probed = await notafter('probe', '--json', '--ca', pem, `127.0.0.1:${server.port}`);
    await server.close();
    expect(inspected.stderr + probed.stderr).toBe('');
    const [seen, served] = [inspected, probed].map(({ stdout }) => JSON.parse(stdout));
    expect(seen.subject).toBe('CN=packed.test');
    expect(served.certificates[0].fingerprint).toBe(seen.fingerprint);
    expect(inspected.code).toBe(0);
  });

  it('knows its version', async ({ skip }) => {
    if (cacheLacks !== undefined) skip(cacheLacks);
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await notafter('--version')).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('brings neither sources nor tests', async ({ skip }) => {
    if (cacheLacks !== undefined) skip(cacheLacks);
    const root = join(folder, 'consumer', 'node_modules', 'notafter');
    const files = await readdir(root, { recursive: true });
    expect(files.filter((name) => /(?<!\.d)\.ts$|\.tsbuildinfo$|^(lib|test)\b/.test(name))).toEqual([]);
    await access(join(root, 'bin', 'notafter.js'));
  });

  it.each([
    [
      'ESM',
      'app.mjs',
      "import { App, Stack } from 'aws-cdk-lib';\nimport { CertificateMonitor } from 'notafter';\n",
    ],
    [
      'CommonJS',
      'app.cjs',
      "const { App, Stack } = require('aws-cdk-lib');\nconst { CertificateMonitor } = require('notafter');\n",
    ],
  ])('is a construct for another app, in %s', async (_, name, imports) => {
    if (cacheLacks !== undefined) return;
    const consumer = join(folder, 'consumer');
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      const there = new URL(`../../node_modules/${peer}`, import.meta.url).pathname;
      await symlink(there, join(consumer, 'node_modules', peer)).catch(() => undefined);
    }
    const out = join(folder, `cdk.out-${name}`);
    await writeFile(
      join(consumer, name),
      `${imports}const app = new App({ outdir: ${JSON.stringify(out)}, analyticsReporting: false });
new CertificateMonitor(new Stack(app, 'Test'), 'Certificates', { endpoints: ['api.example.com'] });
app.synth();\n`,
    );
    await run(process.execPath, [name], { cwd: consumer });
    const template = JSON.parse(await readFile(join(out, 'Test.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(4);
    // The handlers travel prebuilt.
    const assets = (await readdir(out)).filter((asset) => asset.startsWith('asset.'));
    const bundles = await Promise.all(assets.map((asset) => readdir(join(out, asset))));
    expect(bundles.filter((files) => files.includes('index.mjs'))).toHaveLength(4);
  });

  it('tells an old Node what it needs, kindly', async ({ skip }) => {
    const node = findOldNode();
    if (node === undefined) return skip('no Node older than 24 on this machine');
    const launcher = new URL('../../bin/notafter.js', import.meta.url).pathname;
    const failed = await run(node, [launcher, '--help']).catch((error) => error);
    expect(failed.code).toBe(3);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).toMatch(
      /^notafter needs Node\.js 24 or newer, and this is [\d.]+ \(.*\)\.\nInstall .*\n$/,
    );
  });
});
