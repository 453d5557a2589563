import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** The server did not accept the client certificate that the target is looked at with. */
export const clientCertificateRefused: Check = {
  id: 'client-certificate-refused',
  title: 'Client certificate refused',
  citation: 'RFC 8446 §4.4.2.4; RFC 5246 §7.4.6',
  *run(subject) {
    for (const { label, chains, where, about } of servedLeaves(subject)) {
      if (!chains.some((chain) => chain.clientCertificateRefused)) continue;
      yield {
        ...about,
        severity: 'warning',
        message: `the server of ${label}${where} refuses the client certificate that it is shown`,
        advice:
          'See whether the certificate is still valid, and whether its CA is in the truststore of the server: clients with one like it are refused, too.',
      };
    }
  },
};
