import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { judgedCertificates } from '../judged.ts';
import type { Check } from './check.ts';

/** notBefore lies ahead: deployed too early, or a clock is wrong. In a truststore it is a CA put there in advance. */
export const notYetValid: Check = {
  id: 'not-yet-valid',
  title: 'Certificate not yet valid',
  citation: 'RFC 5280 §4.1.2.5 and §6.1.3 (a)(2)',
  *run(subject) {
    for (const judged of judgedCertificates(subject)) {
      if (judged.notBefore === null) continue;
      const aheadMs = Date.parse(judged.notBefore) - subject.now.getTime();
      if (aheadMs <= 0) continue;
      const staged = judged.position === 'member';
      yield {
        fingerprint: judged.fingerprint,
        severity: staged ? 'info' : 'critical',
        message: `${judged.label} becomes valid only in ${formatDuration(aheadMs)}, on ${formatInstant(judged.notBefore)}`,
        advice: staged
          ? 'Nothing, if it was put there in advance.'
          : 'Serve the previous certificate until then, or check the clock of the issuing machine.',
      };
    }
  },
};
