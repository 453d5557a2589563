import { type Certificate, certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { loadedBundles } from './loaded-bundles.ts';

/** Two CAs of one name and different keys: which of them a client certificate is verified with is left to chance. */
export const duplicateSubject: Check = {
  id: 'duplicate-subject',
  title: 'Two CAs with one subject',
  citation: 'Amazon API Gateway Developer Guide, "Troubleshoot conflicting domain names"; RFC 5280 §4.1.2.6',
  *run(subject) {
    const told = new Set<string>();
    for (const { certificates, where } of loadedBundles(subject)) {
      for (const [first, ...others] of Map.groupBy(certificates, ({ subject: name }) => name).values()) {
        if (first === undefined || told.has(first.subject)) continue;
        const keys = new Set([first, ...others].map(({ spkiSha256 }) => spkiSha256));
        if (keys.size < 2) continue;
        told.add(first.subject);
        yield opinion(first, keys.size, where);
      }
    }
  },
};

function opinion(first: Certificate, count: number, where: string) {
  return {
    fingerprint: first.fingerprint,
    severity: 'warning' as const,
    message: `${count} CAs with different keys have the subject of ${certificateLabel(first)}${where}`,
    advice:
      'Keep one of them, or have the CA issued with a subject of its own: clients of the other are refused.',
    label: certificateLabel(first),
  };
}
