import { certificateLabel, type SubjectAltName } from '../certificate.ts';
import type { Check } from './check.ts';

const NAMES_SHOWN = 5;

/** The leaf does not cover the name that clients ask for. */
export const nameMismatch: Check = {
  id: 'name-mismatch',
  title: 'Name not covered',
  citation: 'RFC 9525 §6',
  *run({ target, content, certificate }) {
    if (target.kind !== 'endpoint' || content?.kind !== 'endpoint') return;
    for (const chain of content.chains) {
      const leaf = certificate(chain.certificates[0] ?? '');
      if (leaf === undefined || chain.nameMatches === true) continue;
      if (chain.nameMatches === null) {
        yield {
          fingerprint: leaf.fingerprint,
          severity: 'warning',
          message: `the names of ${certificateLabel(leaf)} cannot be read (${leaf.unreadable?.subjectAltNames ?? 'unknown reason'})`,
          advice: 'Reissue it with a well-formed subjectAltName: clients may refuse it.',
        };
        continue;
      }
      yield {
        fingerprint: leaf.fingerprint,
        severity: 'critical',
        message: `the certificate ${certificateLabel(leaf)} does not cover ${target.endpoint.serverName}; ${names(leaf.subjectAltNames ?? [])}`,
        advice:
          'Reissue it with this name, serve another one for it, or set the server name that clients really use.',
      };
    }
  },
};

/** What it does cover: entries of other types never cover a host. */
function names(all: readonly SubjectAltName[]): string {
  const covering = all.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value);
  if (covering.length === 0) return 'it names no host at all (a common name does not count)';
  const shown = covering.slice(0, NAMES_SHOWN).join(', ');
  return `it covers ${shown}${covering.length > NAMES_SHOWN ? ` and ${covering.length - NAMES_SHOWN} more` : ''}`;
}
