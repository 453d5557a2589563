import type { Finding } from '../../core/finding.ts';
import type { BundleObservation } from '../../core/observation.ts';
import { totalFailure } from '../../core/summarize.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { certificateFields } from './certificate-json.ts';
import { findingFields } from './findings.ts';
import { remainingSeconds } from './time.ts';

/** One file that was read, and what there is to say about it. */
export interface BundleView {
  /** As the command line named it. */
  readonly file: string;
  readonly observation: BundleObservation;
  readonly findings: readonly Finding[];
  readonly now: Date;
}

/**
 * A file as JSON Lines (docs/cli.md): one line per certificate with `position` and `findings`, then one line per
 * finding about the file as a whole, with `problem`.
 */
export function* bundleJson({ file, observation, findings, now }: BundleView): Generator<string> {
  const byFingerprint = Map.groupBy(findings, (finding) => finding.fingerprint);
  for (const [index, certificate] of observation.certificates.entries()) {
    const own = byFingerprint.get(certificate.fingerprint) ?? [];
    yield `${safeJson({
      file,
      position: index + 1,
      ...certificateFields(certificate),
      remainingSeconds: remainingSeconds(certificate, now),
      findings: own.map(findingFields),
    })}\n`;
  }
  for (const finding of byFingerprint.get(null) ?? []) {
    const { fingerprint: _, ...problem } = findingFields(finding);
    yield `${safeJson({ file, problem: { ...problem, ...evidence(finding, observation) } })}\n`;
  }
}

/** What a finding about the whole file rests on. */
function evidence(finding: Finding, observation: BundleObservation) {
  if (finding.check === 'private-key-in-bundle') return { lines: observation.privateKeyLines };
  const blocks = observation.unreadable.length === 0 ? {} : { blocks: observation.unreadable };
  const failure = totalFailure(observation);
  return { ...(finding.check === 'could-not-observe' && failure !== null ? { failure } : {}), ...blocks };
}
