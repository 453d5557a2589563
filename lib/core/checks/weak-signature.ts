import { certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { certificatesThatCount } from './crypto-subjects.ts';

const BROKEN = /\bmd[245]|(?:^|[^a-z0-9])sha-?1(?![0-9])|sha1with|with-?sha-?1$|dsawithsha$/i;

/** Signed over MD2, MD4, MD5 or SHA-1: collisions can be made. */
export const weakSignature: Check = {
  id: 'weak-signature',
  title: 'Weak signature',
  citation: 'RFC 6194; RFC 6151; CA/Browser Forum Baseline Requirements §7.1.3.2',
  *run(subject) {
    for (const certificate of certificatesThatCount(subject)) {
      if (!BROKEN.test(certificate.signatureAlgorithm)) continue;
      // Nobody verifies what a root signs over itself; API Gateway's truststores ask for SHA-256 all the same.
      if (certificate.selfSigned && subject.target.kind !== 'truststore') continue;
      yield {
        fingerprint: certificate.fingerprint,
        severity: 'warning',
        message: `${certificateLabel(certificate)} is signed with ${certificate.signatureAlgorithm}`,
        advice: 'Reissue it with a signature over SHA-256 or better: current clients refuse this one.',
      };
    }
  },
};
