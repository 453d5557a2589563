/** What finding certification paths costs. */
import { X509Certificate } from 'node:crypto';
import { readCertificate } from '../lib/x509/certificate.ts';
import { buildPath } from '../lib/x509/certification-path.ts';
import { poolOf } from '../lib/x509/issuer-pool.ts';
import { readRights } from '../lib/x509/rights.ts';
import { loadTrust } from '../lib/x509/trust.ts';
import type { Entity } from '../test/x509/quick-mint.ts';
import { dn, newKey, quickMint, SERVER_AUTH } from '../test/x509/quick-mint.ts';
import { median } from './processes.ts';

const POOLS = [100, 1_000, 10_000];
const ENDPOINTS = 1_000;
const CERTIFICATES = 2_000;
const ROUNDS = 5;
const NOW = new Date('2030-01-01T00:00:00Z');

/** Prints what a path costs whose issuers come from pools of different sizes, and what reading a certificate costs. */
export async function paths(row: (what: string, figure: string) => void): Promise<void> {
  console.log(`Certification paths, ${ENDPOINTS} endpoints that send the leaf alone, median of ${ROUNDS}`);
  const keys = Array.from({ length: 20 }, newKey);
  const entity = (text: string, key: number): Entity => ({
    name: dn(text),
    key: keys[key % 20] as Entity['key'],
  });
  const root = entity('CN=Bench root', 0);
  const trust = loadTrust(mintCa(root, root).toString());
  for (const size of POOLS) {
    const authorities = Array.from({ length: size }, (_, index) =>
      entity(`O=CA ${index},CN=Issuing`, 1 + index),
    );
    const certificates = authorities.map((authority) => mintCa(authority, root));
    const pool = poolOf(certificates);
    const first: number[] = [];
    const again: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Never seen, under the same hundred CAs whatever the size.
      const leaves = Array.from({ length: ENDPOINTS }, (_, index) =>
        mintLeaf(entity(`CN=${index}.test`, 7), authorities[index % 100] as Entity),
      );
      const options = { presented: [], pool, trust, now: NOW };
      first.push(perPiece(leaves, (leaf) => mustFind(buildPath(leaf, options).problem)));
      again.push(perPiece(leaves, (leaf) => mustFind(buildPath(leaf, options).problem)));
    }
    row(`pool of ${size}, a new chain`, `${(median(first) * 1000).toFixed(0)} µs`);
    row(`pool of ${size}, unchanged`, `${(median(again) * 1000).toFixed(1)} µs`);
  }

  const reading: number[] = [];
  const parsing: number[] = [];
  const authority = entity('CN=Bench CA', 1);
  for (let round = 0; round < ROUNDS; round++) {
    const ders = Array.from({ length: CERTIFICATES }, () => mintLeaf(authority, root).raw);
    const parsed: X509Certificate[] = [];
    parsing.push(perPiece(ders, (der) => parsed.push(new X509Certificate(der))));
    reading.push(
      perPiece(parsed, (x509) => {
        readCertificate(x509);
        readRights(x509);
      }),
    );
  }
  console.log(`\nOne certificate that was never seen, median of ${ROUNDS}`);
  row('node:crypto parses', `${(median(parsing) * 1000).toFixed(0)} µs`);
  row('readCertificate and readRights', `${(median(reading) * 1000).toFixed(0)} µs`);
  console.log();
}

function mintCa(subject: Entity, issuer: Entity): X509Certificate {
  return quickMint({ subject, issuer, ...SPAN, ca: true, keyUsage: 0x06 });
}

function mintLeaf(subject: Entity, issuer: Entity): X509Certificate {
  return quickMint({
    subject,
    issuer,
    ...SPAN,
    names: ['dns:api.test', 'dns:www.api.test'],
    purposes: [SERVER_AUTH],
  });
}

const SPAN = { notBefore: new Date('2029-01-01'), notAfter: new Date('2031-01-01') };

function mustFind(problem: unknown): void {
  if (problem !== null) throw new Error(`no path: ${JSON.stringify(problem)}`);
}

/** Milliseconds of CPU. */
function perPiece<Piece>(pieces: readonly Piece[], work: (piece: Piece) => void): number {
  const before = process.cpuUsage();
  for (const piece of pieces) work(piece);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / pieces.length;
}
