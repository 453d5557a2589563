import { type Certificate, certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { certificatesThatCount } from './crypto-subjects.ts';

/** A key below what the CA/Browser Forum, NIST and API Gateway's truststores accept. */
export const weakKey: Check = {
  id: 'weak-key',
  title: 'Weak key',
  citation: 'NIST SP 800-131A Rev. 2 §3; CA/Browser Forum Baseline Requirements §6.1.5',
  *run(subject) {
    for (const certificate of certificatesThatCount(subject)) {
      const minimum = minimumBits(certificate);
      if (minimum === null || certificate.keySize === null || certificate.keySize >= minimum) continue;
      yield {
        fingerprint: certificate.fingerprint,
        severity: 'warning',
        message: `${certificateLabel(certificate)} has a key of only ${certificate.keySize} bits (${certificate.keyAlgorithm}); the minimum is ${minimum}`,
        advice: 'Reissue it with RSA of 2048 bits or more, or an elliptic-curve key on P-256 or better.',
      };
    }
  },
};

function minimumBits(certificate: Certificate): number | null {
  if (certificate.keyAlgorithm === 'RSA' || certificate.keyAlgorithm === 'RSA-PSS') return 2048;
  if (certificate.keyAlgorithm === 'DSA') return 2048;
  return certificate.keyAlgorithm === 'EC' ? 256 : null;
}
