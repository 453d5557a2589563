import type { Check, Opinion } from './check.ts';

type Verdict = Pick<Opinion, 'severity' | 'message' | 'advice'>;

const VERDICTS: Readonly<Record<string, Verdict>> = {
  REVOKED: {
    severity: 'critical',
    message: 'it was revoked',
    advice: 'Move what uses it to another certificate: clients that check revocation refuse this one.',
  },
  INACTIVE: {
    severity: 'warning',
    message: 'ACM lists it as inactive',
    advice: 'Request a new certificate and move what uses it.',
  },
  FAILED: {
    severity: 'warning',
    message: 'its request failed',
    advice: 'Mend what the reason names and request it again.',
  },
  VALIDATION_TIMED_OUT: {
    severity: 'warning',
    message: 'its request timed out: the names were not validated within 72 hours',
    advice: 'Request it again and publish the CNAME records that ACM asks for.',
  },
  PENDING_VALIDATION: {
    severity: 'warning',
    message: 'it waits for the validation of its names',
    advice: 'Publish the CNAME records that ACM asks for (aws acm describe-certificate).',
  },
};

/** ACM holds a certificate that is not, or not any more, good for anything. Its dates would never show that. */
export const certificateStatus: Check = {
  id: 'certificate-status',
  title: 'Not usable by its status in ACM',
  citation: 'AWS Certificate Manager API Reference, CertificateDetail, "Status"',
  *run({ content }) {
    if (content?.kind !== 'acm') return;
    const verdict = Object.hasOwn(VERDICTS, content.status) ? VERDICTS[content.status] : undefined;
    if (verdict === undefined) return;
    const { inUse, reason, certificates } = content;
    yield {
      ...verdict,
      fingerprint: certificates[0] ?? null,
      message: reason === null ? verdict.message : `${verdict.message} (${reason})`,
      // A request that nothing uses yet is its maker's business.
      ...(inUse === true || (inUse === null && content.status === 'REVOKED')
        ? {}
        : { severity: 'info' as const, rung: null }),
    };
  },
};
