/**
 * `npm run bench -- serverless`: what the deployed monitor costs: sizes and start of the functions, synthesis, and the
 * units of the table that one look takes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../lib/store/embedded.ts';
import { readBundle } from '../lib/x509/bundle.ts';
import { mint, pemBundle } from '../test/support/pki.ts';
import { measure, median } from './processes.ts';
import { measureUnits } from './write-units.ts';

const ROUNDS = 7;
const ENDPOINTS = 1_000;
const root = join(import.meta.dirname, '..');

/** Everything about the deployed monitor that can be measured without an account. */
export async function serverless(row: (what: string, figure: string) => void): Promise<void> {
  execFileSync(process.execPath, [join(root, 'scripts', 'bundle.ts')], { stdio: 'ignore' });
  console.log(`Functions: bundle, and time to import it in a new process, median of ${ROUNDS}`);
  for (const role of readdirSync(join(root, 'dist', 'lambda'))) {
    const file = join(root, 'dist', 'lambda', role, 'index.mjs');
    const importMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const script = `const t=performance.now();await import(${JSON.stringify(file)});console.log(performance.now()-t)`;
      importMs.push(Number(execFileSync(process.execPath, ['--input-type=module', '-e', script])));
    }
    row(role, `${(statSync(file).size / 1024).toFixed(0)} KB   ${median(importMs).toFixed(0)} ms`);
  }
  console.log();

  const out = mkdtempSync(join(tmpdir(), 'notafter-bench-cdk-'));
  const config = join(out, 'notafter.config.yaml');
  execFileSync(
    process.execPath,
    [join(root, 'bin', 'notafter.js'), 'init', '--config', config, 'api.example.com'],
    { stdio: 'ignore' },
  );
  const synth = await measure(join(root, 'node_modules', '.bin', 'cdk'), [
    'synth',
    '--quiet',
    '-c',
    `config=${config}`,
    '-o',
    join(out, 'cdk.out'),
  ]);
  console.log('Synthesis (cdk synth, bundling included)');
  row('cdk synth', synth.code === 0 ? `${(synth.wallMs / 1000).toFixed(1)} s` : `failed (${synth.code})`);
  console.log();

  const store = await openEmbedded(join(out, 'data'));
  const ca = await mint({ subject: 'CN=Bench CA', ca: true });
  const leaf = await mint({ subject: 'CN=api.example.com', issuer: ca, names: ['*.example.com'] });
  const { certificates } = readBundle(Buffer.from(pemBundle(leaf, ca)));
  const { first, unchanged } = await measureUnits(store.table, ENDPOINTS, certificates);
  await store.close();
  rmSync(out, { recursive: true });
  console.log(`Units of the table per endpoint, ${ENDPOINTS} endpoints (counted from the requests)`);
  const per = (count: number) => (count / ENDPOINTS).toFixed(3);
  row(
    'first look',
    `${per(first.writes)} writes   ${per(first.indexWrites)} index writes   ${per(first.reads)} reads`,
  );
  row(
    'unchanged',
    `${per(unchanged.writes)} writes   ${per(unchanged.indexWrites)} index writes   ${per(unchanged.reads)} reads`,
  );
  console.log();
}
