import type { Check } from './check.ts';
import { chainsWith } from './trust.ts';

/** The server sends its leaf without the intermediate: browsers may cope, API clients do not. */
export const incompleteChain: Check = {
  id: 'incomplete-chain',
  title: 'Incomplete chain',
  citation: 'RFC 8446 §4.4.2; RFC 5246 §7.4.2',
  *run(subject) {
    const fetched = subject.content?.kind === 'endpoint' ? (subject.content.inquiry?.fetched ?? {}) : {};
    for (const { leaf, label } of chainsWith('incomplete', subject)) {
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `the issuer of ${label} is neither sent nor a trust anchor here: ${leaf.issuer}${whoCopes(fetched[leaf.fingerprint])}`,
        advice:
          'Configure the server with the full chain, or name the CA file for this target if the CA is private.',
      };
    }
  },
};

function whoCopes(fetchable: boolean | undefined): string {
  if (fetchable === undefined) return '';
  return fetchable
    ? '; clients that fetch missing issuers (browsers) get through, others do not'
    : '; not even clients that fetch missing issuers (browsers) get through';
}
