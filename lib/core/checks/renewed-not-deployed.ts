import { certificateLabel } from '../certificate.ts';
import { formatInstant } from '../instant.ts';
import type { Check } from './check.ts';

/** Services take a renewed certificate over within minutes; after this time something is stuck. */
const GRACE_MS = 24 * 3_600_000;

/**
 * The certificate under one ARN was replaced, and an endpoint that uses this very ARN still serves the one before. Two
 * ARNs are never compared: a domain may be moved between them on purpose.
 */
export const renewedNotDeployed: Check = {
  id: 'renewed-not-deployed',
  title: 'Renewed, and the old certificate is still served',
  citation: 'AWS Certificate Manager User Guide, "Managed certificate renewal"',
  *run({ content, served, certificate, now }) {
    if (content?.kind !== 'endpoint' || served === undefined) return;
    const leaves = new Set(content.chains.map((chain) => chain.certificates[0]));
    for (const { fingerprint, at } of served.replaced) {
      if (!leaves.has(fingerprint) || now.getTime() - Date.parse(at) < GRACE_MS) continue;
      const old = certificate(fingerprint);
      yield {
        fingerprint,
        severity: 'critical',
        message: `still serves ${old === undefined ? fingerprint.slice(0, 12) : certificateLabel(old)}, which ACM replaced by ${formatInstant(at)}`,
        advice:
          'Update the custom domain so that it takes the certificate over again; if that does not help, ask AWS Support.',
        ...(old === undefined || old.notAfter === null
          ? {}
          : { notAfter: old.notAfter, label: certificateLabel(old) }),
      };
    }
  },
};
