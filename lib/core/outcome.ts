import { type Certificate, certificateLabel } from './certificate.ts';
import { type Content, certificatesOf, isBundle } from './content.ts';
import { formatInstant } from './instant.ts';
import type { LedgerEntry } from './ledger.ts';
import { headsOf } from './transition.ts';

/**
 * What became of a finding that is no longer there, as a fragment for the all-clear: what replaced its certificate, or
 * that it can be seen again. Undefined where the same certificate is still there and merely in order now.
 */
export function outcomeOf(
  entry: LedgerEntry,
  content: Content | null,
  certificate: (fingerprint: string) => Certificate | undefined,
): string | undefined {
  if (entry.check === 'could-not-observe') return 'it can be observed again';
  if (entry.check === 'monitor-impaired') return 'the targets can be observed again';
  if (entry.fingerprint === null || content === null) return undefined;
  if (certificatesOf(content).includes(entry.fingerprint)) return undefined;
  if (isBundle(content)) return fileOutcome(content.certificates.map(certificate));
  const successors = headsOf(content)
    .map(certificate)
    .filter((successor) => successor !== undefined)
    .map((successor) => `${certificateLabel(successor)} valid until ${validUntil(successor)}`);
  if (successors.length === 0) return undefined;
  return `${content.kind === 'endpoint' ? 'now serves' : 'replaced by'} ${successors.join(' and ')}`;
}

const LEAVES_NAMED = 3;

/** A file that is served from says by its leaves what came instead; of CAs each stands for itself. */
function fileOutcome(held: readonly (Certificate | undefined)[]): string {
  const leaves = held.filter((each) => each !== undefined).filter(({ role }) => role === 'leaf');
  if (leaves.length === 0 || leaves.length > LEAVES_NAMED) return 'no longer in the file';
  const named = leaves.map((leaf) => `${certificateLabel(leaf)} valid until ${validUntil(leaf)}`);
  return `no longer in the file, which now holds ${named.join(' and ')}`;
}

function validUntil(certificate: Certificate): string {
  return certificate.notAfter === null ? 'an unreadable date' : formatInstant(certificate.notAfter);
}
