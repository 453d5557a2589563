import { escapeForTerminal } from '../printable.ts';
import type { Check, Opinion } from './check.ts';

type Verdict = Pick<Opinion, 'severity' | 'message' | 'advice'>;

const VERDICTS: Readonly<Record<string, Verdict>> = {
  PENDING_CERTIFICATE_REIMPORT: {
    severity: 'critical',
    message: 'is locked: the certificate was imported again with other names',
    advice: 'Import one into the same ARN that covers the name of the domain.',
  },
  PENDING_OWNERSHIP_VERIFICATION: {
    severity: 'critical',
    message: 'is locked: its ownership is not verified',
    advice:
      'Renew or replace the ownership verification certificate: until then no update of the domain gets through.',
  },
  FAILED: {
    severity: 'warning',
    message: 'could not be updated',
    advice: 'See the message of API Gateway, mend its cause, and update the domain again.',
  },
};

const WELL = new Set(['AVAILABLE', 'UPDATING', 'PENDING']);

/** API Gateway reports a custom domain that is not in order. Nobody is told unless they look. */
export const domainStatus: Check = {
  id: 'domain-status',
  title: 'Custom domain not in order',
  citation: 'Amazon API Gateway API Reference, DomainName, "domainNameStatus"',
  *run({ content }) {
    if (content?.kind !== 'domain' || content.status === null || WELL.has(content.status)) return;
    const { status, statusMessage } = content;
    const verdict = Object.hasOwn(VERDICTS, status) ? VERDICTS[status] : undefined;
    const said =
      statusMessage === null || statusMessage === '' ? '' : ` (${escapeForTerminal(statusMessage, 200)})`;
    yield {
      fingerprint: null,
      severity: verdict?.severity ?? 'warning',
      message: `the custom domain ${verdict?.message ?? `has the status ${escapeForTerminal(status, 60)}`}${said}`,
      advice: verdict?.advice ?? 'Look at the domain in the console of API Gateway.',
    };
  },
};
