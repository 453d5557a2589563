/**
 * `npm run compare -- <directory-or-file>...`: reads every certificate with lib/x509 and with `openssl x509`, and says
 * where the two do not say the same. Meant for large collections of odd certificates; such belong to others and stay
 * outside of the repository. See HELP for what is compared and counted.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readBundle } from '../lib/x509/bundle.ts';
import { derOf } from '../lib/x509/certificate.ts';
import { type Candidate, candidatesOf, filesUnder } from './compare/candidates.ts';
import { compare, type Disagreement } from './compare/fields.ts';
import { type Printed, printAll, usableOpenssl } from './compare/openssl.ts';
import { Tally } from './compare/tally.ts';

const HELP = `Usage: npm run compare -- [--examples N] <directory-or-file>...

Compares what NotAfter reads of certificates with what the openssl command (3.0 or later) prints of them.
Directories are searched through; a file counts where it is DER or has PEM blocks of certificates.

Compared: fingerprint, serial number, subject and issuer (RFC 4514), dates, subject alternative names, algorithm, size
and curve of the key, SHA-256 of its SubjectPublicKeyInfo, signature algorithm. Every distinct certificate once.

  equal      both say the same
  flagged    one of them says that it cannot tell, or does not read the certificate
  different  both say something, and not the same

  --examples N   how many examples to show of each kind (default 5)

Exit code: 0 no difference, 1 some, 2 could not compare.`;

const BATCH = 100;
const WORKERS = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' }, examples: { type: 'string', default: '5' } },
});
process.exitCode = values.help ? say(HELP) : await main(positionals, Number(values.examples));

async function main(paths: readonly string[], examples: number): Promise<number> {
  const missing = paths.find((path) => !existsSync(path));
  if (paths.length === 0 || missing !== undefined) {
    console.error(missing === undefined ? HELP : `${missing} does not exist`);
    return 2;
  }
  const version = usableOpenssl();
  if (version === null) {
    console.error('there is no openssl command of version 3.0 or later');
    return 2;
  }
  const tally = new Tally(examples);
  const batches = gather(paths, tally);
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (const batch of batches) {
        const printed = await printAll(batch.map(({ bytes }) => bytes));
        for (const [index, one] of batch.entries()) judge(one, printed[index] ?? null, tally);
        tally.progress();
      }
    }),
  );
  console.log(`NotAfter with Node ${process.version} (OpenSSL ${process.versions.openssl}) and ${version}\n`);
  console.log(tally.report());
  return tally.differences > 0 ? 1 : 0;
}

/** Batches of candidates that were not seen before, and whether our reader finds each one in its whole file. */
function* gather(paths: readonly string[], tally: Tally): Generator<Candidate[]> {
  const seen = new Set<string>();
  let batch: Candidate[] = [];
  for (const path of paths) {
    for (const file of filesUnder(path)) {
      const { whole, candidates } = candidatesOf(file);
      tally.count(candidates.length);
      if (candidates.length === 0) continue;
      const inFile = new Set(readBundle(whole).certificates.map(({ fingerprint }) => fingerprint));
      for (const candidate of candidates) {
        const [alone] = readBundle(candidate.bytes).certificates;
        if (alone !== undefined && !inFile.has(alone.fingerprint)) {
          tally.missed(candidate.place, alone.subject);
        }
        const identity = alone?.fingerprint ?? candidate.bytes.toString('latin1');
        if (seen.has(identity)) continue;
        seen.add(identity);
        batch.push(candidate);
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

function judge({ place, bytes }: Candidate, printed: Printed | null, tally: Tally): void {
  const { certificates, unreadable } = readBundle(bytes);
  const [certificate] = certificates;
  if (certificate === undefined && printed === null) tally.neither();
  else if (certificate === undefined) {
    tally.add(place, [flagged(`not read here: ${unreadable[0]?.reason}`, null, printed?.subject ?? '')]);
  } else if (printed === null) {
    tally.add(place, [flagged('refused by openssl', certificate.subject, null)]);
  } else {
    const der = derOf(certificate) ?? new X509Certificate(bytes).raw;
    tally.add(place, compare(certificate, der, printed));
  }
}

function flagged(field: string, ours: string | null, theirs: string | null): Disagreement {
  return { kind: 'flagged', field, ours, theirs };
}

function say(text: string): number {
  console.log(text);
  return 0;
}
