import { certificateLabel } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import { formatInstant } from '../instant.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './check.ts';
import { chainsWith } from './trust.ts';

/** The server sends its leaf without the intermediate: browsers may cope, API clients do not. */
export const incompleteChain: Check = {
  id: 'incomplete-chain',
  title: 'Incomplete chain',
  citation: 'RFC 8446 §4.4.2; RFC 5246 §7.4.2',
  *run(subject) {
    const fetched = subject.content?.kind === 'endpoint' ? (subject.content.inquiry?.fetched ?? {}) : {};
    for (const { chain, leaf, label } of chainsWith('incomplete', subject)) {
      const known = whoIsKnown(chain, subject);
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'warning',
        message: `the issuer of ${label} is neither sent nor a trust anchor here: ${leaf.issuer}${known}${whoCopes(fetched[leaf.fingerprint], known !== '')}`,
        advice:
          'Configure the server with the full chain, or name the CA file for this target if the CA is private.',
      };
    }
  },
};

/** Another endpoint sends the issuer, so the inventory has it, and so have clients that were there. */
function whoIsKnown({ stores = [] }: ServedChain, { certificate }: Subject): string {
  const [missing] =
    stores.find(({ problem, outside }) => problem === null && outside.length > 0)?.outside ?? [];
  if (missing === undefined) return '';
  const facts = certificate(missing);
  const name = facts === undefined ? missing.slice(0, 12) : certificateLabel(facts);
  const until =
    facts === undefined || facts.notAfter === null ? '' : `, valid until ${formatInstant(facts.notAfter)}`;
  return `; this inventory knows it from elsewhere (${name}${until}), and clients that have met it get through`;
}

function whoCopes(fetchable: boolean | undefined, isKnown: boolean): string {
  if (fetchable === undefined) return '';
  if (isKnown)
    return fetchable
      ? '; so do clients that fetch missing issuers (browsers), others do not'
      : '; to fetch it from where the certificate says does not help';
  return fetchable
    ? '; clients that fetch missing issuers (browsers) get through, others do not'
    : '; not even clients that fetch missing issuers (browsers) get through';
}
