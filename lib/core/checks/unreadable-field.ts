import { certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { certificatesThatCount } from './crypto-subjects.ts';

/** The end of validity cannot be told: nothing can be announced for this certificate, which must be said. */
export const unreadableField: Check = {
  id: 'unreadable-field',
  title: 'Validity cannot be read',
  citation: 'RFC 5280 §4.1.2.5.1 and §4.1.2.5.2',
  *run(subject) {
    for (const certificate of certificatesThatCount(subject)) {
      if (certificate.notAfter !== null) continue;
      yield {
        fingerprint: certificate.fingerprint,
        severity: 'warning',
        message: `when ${certificateLabel(certificate)} expires cannot be told: ${certificate.unreadable?.notAfter ?? 'unknown reason'}`,
        advice: 'Reissue it with a well-formed validity: until then its expiry goes unannounced.',
      };
    }
  },
};
