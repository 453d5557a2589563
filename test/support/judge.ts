import type { Certificate } from '../../lib/core/certificate.ts';
import type { EndpointContent } from '../../lib/core/content.ts';
import { evaluate } from '../../lib/core/evaluate.ts';
import type { CheckId, Finding } from '../../lib/core/finding.ts';
import type { Subject } from '../../lib/core/subject.ts';
import { endpointTarget, subject } from './facts.ts';

/** What one check says of an endpoint `api.test`; switched on where it is optional. */
export function opinionsOf(
  check: CheckId,
  content: EndpointContent,
  certificates: readonly Certificate[],
  rest: Partial<Subject> = {},
): readonly Finding[] {
  const switchedOn = new Set([check]);
  const facts = subject(endpointTarget(), content, certificates, { switchedOn, ...rest });
  return evaluate(facts).filter((finding) => finding.check === check);
}

/** The same as `severity: message`. */
export function said(...about: Parameters<typeof opinionsOf>): readonly string[] {
  return opinionsOf(...about).map(({ severity, message }) => `${severity}: ${message}`);
}
