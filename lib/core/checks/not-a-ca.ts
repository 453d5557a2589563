import { certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { loadedBundles } from './loaded-bundles.ts';

/** A certificate in a truststore that cannot have issued any client's. */
export const notACa: Check = {
  id: 'not-a-ca',
  title: 'No CA, but in a truststore',
  citation: 'RFC 5280 §4.2.1.9 (basic constraints)',
  *run(subject) {
    const told = new Set<string>();
    for (const { certificates, where } of loadedBundles(subject)) {
      for (const certificate of certificates) {
        if (certificate.role !== 'leaf' || told.has(certificate.fingerprint)) continue;
        told.add(certificate.fingerprint);
        yield {
          fingerprint: certificate.fingerprint,
          severity: 'warning',
          message: `${certificateLabel(certificate)} is not a CA${where}: no client certificate can come from it`,
          advice: 'Put the CA that issued it into the truststore instead.',
          label: certificateLabel(certificate),
        };
      }
    }
  },
};
