import type { Check } from './check.ts';
import { chainsWith } from './trust.ts';

/** The leaf vouches for itself, and nobody told us to trust it. */
export const selfSigned: Check = {
  id: 'self-signed',
  title: 'Self-signed certificate',
  citation: 'RFC 5280 §3.2 and §6.1',
  *run(subject) {
    for (const { leaf, label } of chainsWith('self-signed', subject)) {
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `${label} is self-signed and not a trust anchor here`,
        advice: 'Have a CA issue it, or name the file with it as a CA for this target if clients trust it.',
      };
    }
  },
};
