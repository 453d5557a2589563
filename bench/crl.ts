import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed, measure, median } from './processes.ts';

const ROUNDS = 5;
const SIZES = [10_000, 100_000, 1_000_000];

/** What one reading in a process of its own found. */
interface Reading {
  readonly entries: number;
  readonly readMs: number;
  readonly verifyMs: number;
  readonly findMs: number;
  /** Highest resident set above what the process had with the bytes in memory. */
  readonly growthMb: number;
}

/** Reading, verifying and searching a CRL of many entries, by size: the ratios tell whether the cost is linear. */
export async function crl(row: (what: string, figure: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-crl-'));
  try {
    await import('reflect-metadata');
    const { mint } = await import('../test/support/pki.ts');
    const ca = await mint({ subject: 'CN=Bench CA', ca: true, key: 'rsa' });
    const caFile = join(directory, 'ca.pem');
    writeFileSync(caFile, ca.pem);
    console.log(`A CRL read, verified (RSA 2048) and searched in a process of its own, median of ${ROUNDS}`);
    let before: Reading | undefined;
    for (const size of SIZES) {
      const file = join(directory, `${size}.crl`);
      const bytes = await manyEntries(size, ca.keyPem);
      writeFileSync(file, bytes);
      const reading = readInChild(file, caFile);
      if (reading.entries !== size) throw new Error(`${reading.entries} entries of ${size} were read`);
      const { readMs, verifyMs, findMs, growthMb } = reading;
      const total = readMs + verifyMs + findMs;
      row(
        `${size} entries, ${(bytes.length / 1e6).toFixed(1)} MB`,
        `${total.toFixed(1)} ms (read ${readMs.toFixed(1)}, verify ${verifyMs.toFixed(1)}, find ${findMs.toFixed(1)})   +${growthMb.toFixed(1)} MB`,
      );
      if (before !== undefined) row('ratio to the line before', (total / totalOf(before)).toFixed(1));
      before = reading;
      if (size === 100_000 && installed('openssl')) {
        const args = ['crl', '-inform', 'DER', '-in', file, '-CAfile', caFile, '-noout'];
        const { wallMs, peakMb, code } = await measure('openssl', args);
        if (code !== 0) throw new Error('openssl cannot verify the CRL');
        row(
          'openssl crl -CAfile, whole program',
          `${wallMs.toFixed(0)} ms   peak ${peakMb?.toFixed(0) ?? '?'} MB`,
        );
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const totalOf = ({ readMs, verifyMs, findMs }: Reading): number => readMs + verifyMs + findMs;

function readInChild(file: string, caFile: string): Reading {
  const script = fileURLToPath(import.meta.url);
  const readings = Array.from(
    { length: ROUNDS },
    (): Reading => JSON.parse(execFileSync(process.execPath, [script, file, caFile], { encoding: 'utf8' })),
  );
  const middle = (key: keyof Reading): number => median(readings.map((reading) => reading[key]));
  return {
    entries: middle('entries'),
    readMs: middle('readMs'),
    verifyMs: middle('verifyMs'),
    findMs: middle('findMs'),
    growthMb: middle('growthMb'),
  };
}

/** A CRL with so many entries: serial numbers of 16 octets, a date and a reason each, as a public CA has them. */
async function manyEntries(count: number, keyPem: string): Promise<Buffer> {
  const { der, sequence, signed, signerFor, utcTime } = await import('../test/support/der-writer.ts');
  const { name, utf8 } = await import('../test/x509/forge.ts');
  const entry = Buffer.from(
    `302f0210${'00'.repeat(16)}170d3236303530343033303230315a300c300a0603551d1504030a0101`,
    'hex',
  );
  const entries = Buffer.alloc(count * entry.length);
  for (let index = 0; index < count; index++) {
    const start = index * entry.length;
    entry.copy(entries, start);
    entries[start + 4] = 0x40;
    entries.writeUInt32BE((index * 2_654_435_761) % 2 ** 32, start + 8);
    entries.writeUInt32BE(index, start + 16);
  }
  const signer = signerFor(keyPem);
  const now = Date.now();
  const tbs = sequence(
    der(0x02, Buffer.of(1)),
    signer.algorithm,
    name([['2.5.4.3', utf8('Bench CA')]]),
    utcTime(new Date(now - 3_600_000)),
    utcTime(new Date(now + 604_800_000)),
    sequence(entries),
  );
  return signed(tbs, signer);
}

/** In the child: only the modules that a monitor has. */
async function report(file: string, caFile: string): Promise<void> {
  const { X509Certificate } = await import('node:crypto');
  const { readCrl } = await import('../lib/x509/revocation/crl.ts');
  const { findRevoked } = await import('../lib/x509/revocation/find-revoked.ts');
  const { verifyCrl } = await import('../lib/x509/revocation/verify-crl.ts');
  const issuer = new X509Certificate(readFileSync(caFile));
  const bytes = readFileSync(file);
  // proc(5): 5 sets the peak back to what is resident now. The one that getrusage knows outlives exec: it is the parent's.
  writeFileSync('/proc/self/clear_refs', '5');
  const residentBefore = residentPeakMb();
  const marks = [performance.now()];
  const read = readCrl(bytes);
  marks.push(performance.now());
  if ('unreadable' in read) throw new Error(read.unreadable);
  const objection = verifyCrl(read, issuer);
  if (objection !== null) throw new Error(objection.because);
  marks.push(performance.now());
  // Not listed: the whole list is searched either way.
  if (findRevoked(read, '41'.repeat(16)) !== null) throw new Error('found what is not there');
  marks.push(performance.now());
  const growthMb = residentPeakMb() - residentBefore;
  const [start = 0, readAt = 0, verifiedAt = 0, foundAt = 0] = marks;
  const reading: Reading = {
    entries: read.entryCount,
    readMs: readAt - start,
    verifyMs: verifiedAt - readAt,
    findMs: foundAt - verifiedAt,
    growthMb,
  };
  console.log(JSON.stringify(reading));
}

function residentPeakMb(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

if (import.meta.main) await report(process.argv[2] ?? '', process.argv[3] ?? '');
