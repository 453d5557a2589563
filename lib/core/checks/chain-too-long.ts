import { type Certificate, certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { loadedBundles } from './loaded-bundles.ts';

/** A root and three intermediates; the client's own certificate is not counted. */
const LONGEST = 4;

/** A line of CAs that is longer than API Gateway follows. */
export const chainTooLong: Check = {
  id: 'chain-too-long',
  title: 'Chain of CAs longer than four',
  citation: 'Amazon API Gateway Developer Guide, "Configuring mutual TLS authentication"',
  *run(subject) {
    for (const { certificates, where } of loadedBundles(subject)) {
      const bySubject = new Map(certificates.map((certificate) => [certificate.subject, certificate]));
      const issuers = new Set(
        certificates.filter(({ selfSigned }) => !selfSigned).map(({ issuer }) => issuer),
      );
      // From the bottom only: a line that is too long is told once.
      for (const lowest of certificates.filter(({ subject: name }) => !issuers.has(name))) {
        const length = lengthAbove(lowest, bySubject);
        if (length <= LONGEST) continue;
        yield {
          fingerprint: lowest.fingerprint,
          severity: 'warning',
          message: `${length} CAs stand in the line from ${certificateLabel(lowest)} to its root${where}; API Gateway follows ${LONGEST}`,
          advice: 'Have clients use certificates from a CA nearer to the root.',
          label: certificateLabel(lowest),
        };
      }
    }
  },
};

function lengthAbove(lowest: Certificate, bySubject: ReadonlyMap<string, Certificate>): number {
  const line = new Set<Certificate>();
  let current: Certificate | undefined = lowest;
  while (current !== undefined && !line.has(current)) {
    line.add(current);
    current = current.selfSigned ? undefined : bySubject.get(current.issuer);
  }
  return line.size;
}
