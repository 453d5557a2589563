import { escapeForTerminal } from '../printable.ts';
import type { Check } from './check.ts';

/** ACM tries to renew a certificate and cannot. It says so by one mail to an address that nobody may read. */
export const renewalFailing: Check = {
  id: 'renewal-failing',
  title: 'Managed renewal does not get through',
  citation: 'AWS Certificate Manager User Guide, "Check a certificate\'s renewal status"',
  *run({ content }) {
    if (content?.kind !== 'acm' || !content.renews) return;
    const { renewal, reason, inUse, certificates } = content;
    if (renewal !== 'FAILED' && renewal !== 'PENDING_VALIDATION') return;
    const idle = inUse === false ? ({ severity: 'info', rung: null } as const) : undefined;
    const why = reason === null ? '' : ` (${escapeForTerminal(reason, 100)})`;
    const fingerprint = certificates[0] ?? null;
    yield renewal === 'FAILED'
      ? {
          fingerprint,
          severity: 'critical',
          message: `ACM could not renew it${why}`,
          advice:
            'Mend what the reason names, or request a new certificate and move to it: ACM does not try this one again.',
          ...idle,
        }
      : {
          fingerprint,
          severity: 'warning',
          message: `ACM cannot renew it before its names are validated again${why}`,
          advice:
            'Publish the CNAME records that ACM asks for (aws acm describe-certificate), or answer the validation mail.',
          ...idle,
        };
  },
};
