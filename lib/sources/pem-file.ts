import type { BundleObservation } from '../core/observation.ts';
import type { Failure } from '../core/reason.ts';
import type { BundleTarget } from '../core/target.ts';
import type { BundleReading } from '../x509/bundle.ts';
import { readBundle } from '../x509/bundle.ts';
import type { Reading } from './read-bounded.ts';
import { readBoundedFile, readBoundedStream } from './read-bounded.ts';

/** Reads the certificates of a PEM or DER file. Never rejects: what went wrong is the observation's `failure`. */
export async function collectBundle(target: BundleTarget, now: Date): Promise<BundleObservation> {
  return observe(target, now, await readBoundedFile(target.path));
}

/** Reads certificates from a stream, such as standard input, in the same way. */
export async function collectStream(
  stream: AsyncIterable<Buffer | string>,
  target: BundleTarget,
  now: Date,
): Promise<BundleObservation> {
  return observe(target, now, await readBoundedStream(stream));
}

const NOTHING = { certificates: [], blocks: 0, unreadable: [], duplicates: 0, privateKeyLines: [] };

function observe({ kind }: BundleTarget, observedAt: Date, reading: Reading): BundleObservation {
  if ('failure' in reading) return { kind, observedAt, ...NOTHING, failure: reading.failure };
  const { x509: _, ...bundle } = readBundle(reading.bytes);
  if (bundle.certificates.length > 0) return { kind, observedAt, ...bundle };
  return { kind, observedAt, ...bundle, failure: noCertificates(reading.bytes.length, bundle) };
}

function noCertificates(size: number, bundle: Omit<BundleReading, 'x509'>): Failure {
  const [unreadable] = bundle.unreadable;
  if (size === 0) return { reason: 'no_certificates', detail: 'it is empty' };
  if (unreadable !== undefined) {
    return { reason: 'no_certificates', detail: `line ${unreadable.firstLine}: ${unreadable.reason}` };
  }
  const detail = bundle.privateKeyLines.length > 0 ? 'only private keys' : 'no CERTIFICATE block in it';
  return { reason: 'no_certificates', detail };
}
