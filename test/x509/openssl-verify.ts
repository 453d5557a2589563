import { spawnSync } from 'node:child_process';
import type { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A leaf with all that its path may be made of. */
export interface VerifyCase {
  readonly leaf: X509Certificate;
  readonly untrusted: readonly X509Certificate[];
  readonly anchors: readonly X509Certificate[];
}

// -no-CAstore came with OpenSSL 3.0.
export const isOpensslInstalled = /^OpenSSL 3/.test(
  spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '',
);

/**
 * Which leaves `openssl verify` accepts as servers, in the order of the cases. One process for all: no name may occur in
 * two of them.
 *
 * @param at Null: dates do not count.
 */
export function opensslVerifies(cases: readonly VerifyCase[], at: Date | null): boolean[] {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-verify-'));
  try {
    const write = (file: string, certificates: readonly X509Certificate[]): string => {
      const path = join(directory, file);
      writeFileSync(path, certificates.map((x509) => x509.toString()).join(''));
      return path;
    };
    const anchors = write(
      'anchors.pem',
      cases.flatMap((one) => one.anchors),
    );
    const untrusted = write(
      'untrusted.pem',
      cases.flatMap((one) => one.untrusted),
    );
    const leaves = cases.map(({ leaf }, index) => write(`${index}.pem`, [leaf]));
    const time = at === null ? ['-no_check_time'] : ['-attime', `${at.getTime() / 1000}`];
    const stores = ['-CAfile', anchors, '-untrusted', untrusted, '-no-CApath', '-no-CAstore'];
    const { stdout, stderr } = spawnSync(
      'openssl',
      ['verify', '-purpose', 'sslserver', ...time, ...stores, ...leaves],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    const lines = new Set(stdout.split('\n'));
    const verdicts = leaves.map((path) => lines.has(`${path}: OK`));
    for (const [index, verdict] of verdicts.entries()) {
      if (!verdict && !stderr.includes(`${leaves[index]}: verification failed`)) {
        throw new Error(`openssl verify gave no verdict: ${stderr.slice(0, 1000)}`);
      }
    }
    return verdicts;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
