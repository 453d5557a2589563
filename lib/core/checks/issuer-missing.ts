import { certificateLabel } from '../certificate.ts';
import type { Check } from './check.ts';
import { loadedBundles } from './loaded-bundles.ts';

/** API Gateway wants the whole line up to the root: with an intermediate alone its clients get a 403. */
export const issuerMissing: Check = {
  id: 'issuer-missing',
  title: 'Issuer missing from the truststore',
  citation: 'Amazon API Gateway Developer Guide, "Configuring mutual TLS authentication"',
  *run(subject) {
    const told = new Set<string>();
    for (const { certificates, where } of loadedBundles(subject)) {
      const subjects = new Set(certificates.map(({ subject: name }) => name));
      for (const certificate of certificates) {
        const { selfSigned, issuer, role, fingerprint } = certificate;
        if (selfSigned || role === 'leaf' || subjects.has(issuer) || told.has(fingerprint)) continue;
        told.add(fingerprint);
        yield {
          fingerprint,
          severity: 'warning',
          message: `the issuer of CA ${certificateLabel(certificate)} is not in the bundle${where}: ${issuer}`,
          advice:
            'Add the CAs above it, up to the root: API Gateway refuses clients whose chain does not end at one.',
          label: certificateLabel(certificate),
        };
      }
    }
  },
};
