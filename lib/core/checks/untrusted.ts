import { certificateLabel } from '../certificate.ts';
import { describePathProblem } from '../path-problem.ts';
import type { Check } from './check.ts';
import { chainsWith } from './trust.ts';

/** A chain was sent, and it leads to no trust anchor that is known here, breaks a rule, or OpenSSL objects to it. */
export const untrusted: Check = {
  id: 'untrusted',
  title: 'Not trusted',
  citation: 'RFC 5280 §6.1',
  *run(subject) {
    for (const { leaf, label, last } of chainsWith('unknown-issuer', subject)) {
      const why = last.selfSigned ? `the root ${last.subject}` : `the issuer ${last.issuer}`;
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `the chain of ${label} ends at ${why}, which is not a trust anchor here`,
        advice:
          'Name the CA file for this target if the CA is private; else have the server send the missing issuers.',
      };
    }
    for (const { leaf, label, chain } of chainsWith('rule', subject)) {
      if (chain.problem === undefined) continue;
      const nameOf = (fingerprint: string) => {
        const certificate = subject.certificate(fingerprint);
        return certificate === undefined ? fingerprint.slice(0, 12) : certificateLabel(certificate);
      };
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `no line of issuers of ${label} is one that clients accept: ${describePathProblem(chain.problem, nameOf)}`,
        advice:
          'Have the CA at fault reissued, or issue the leaf under another one: clients refuse this chain whatever they trust.',
      };
    }
    for (const { leaf, label, chain } of chainsWith('objection', subject)) {
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `OpenSSL does not accept the chain of ${label}: ${chain.verdict}`,
        advice:
          'Look the code up in the manual page openssl-verification-options(1) and reissue accordingly.',
      };
    }
  },
};
