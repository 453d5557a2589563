import { certificateLabel } from '../certificate.ts';
import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import type { Check } from './check.ts';
import { certificatesThatCount } from './crypto-subjects.ts';

/** notBefore lies ahead: deployed too early, or a clock is wrong. In a truststore it is a CA put there in advance. */
export const notYetValid: Check = {
  id: 'not-yet-valid',
  title: 'Certificate not yet valid',
  citation: 'RFC 5280 §4.1.2.5 and §6.1.3 (a)(2)',
  *run(subject) {
    for (const certificate of certificatesThatCount(subject)) {
      if (certificate.notBefore === null) continue;
      const aheadMs = Date.parse(certificate.notBefore) - subject.now.getTime();
      if (aheadMs <= 0) continue;
      // A truststore, and a file of CAs, may hold one that was put there in advance.
      const staged = subject.target.kind !== 'endpoint' && certificate.role !== 'leaf';
      yield {
        fingerprint: certificate.fingerprint,
        severity: staged ? 'info' : 'critical',
        message: `${certificateLabel(certificate)} becomes valid only in ${formatDuration(aheadMs)}, on ${formatInstant(certificate.notBefore)}`,
        advice: staged
          ? 'Nothing, if it was put there in advance.'
          : 'Serve the previous certificate until then, or check the clock of the issuing machine.',
      };
    }
  },
};
