import type { Certificate } from '../core/certificate.ts';
import { certificatesIn } from '../core/certificates-in.ts';
import { evaluate } from '../core/evaluate.ts';
import type { Finding } from '../core/finding.ts';
import type { Observation } from '../core/observation.ts';
import type { Subject } from '../core/subject.ts';
import { contentOf, totalFailure } from '../core/summarize.ts';
import type { Target } from '../core/target.ts';

/**
 * The opinion on one observation that stands alone: nothing is remembered, so a single failure to look counts. Most
 * severe first.
 *
 */
export function judgeObservation(
  target: Target,
  observation: Observation,
  now: Date,
  beside: Pick<Subject, 'served' | 'switchedOn'> = {},
): readonly Finding[] {
  const certificates = new Map<string, Certificate>();
  for (const certificate of certificatesIn(observation))
    certificates.set(certificate.fingerprint, certificate);
  const failure = totalFailure(observation);
  return evaluate({
    target,
    content: contentOf(observation, target),
    certificate: (fingerprint) => certificates.get(fingerprint),
    failures: 1,
    ...(failure === null ? {} : { failure }),
    unreachableAfter: 1,
    ...beside,
    now,
  });
}
