import type { Certificate } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import { nearestName } from '../nearest-name.ts';
import { sampleOf } from '../served-where.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

const NAMES_SHOWN = 5;

/** The leaf does not cover the name that clients ask for. */
export const nameMismatch: Check = {
  id: 'name-mismatch',
  title: 'Name not covered',
  citation: 'RFC 9525 §6',
  *run(subject) {
    const { target, content } = subject;
    if (target.kind !== 'endpoint' || content?.kind !== 'endpoint') return;
    const { serverName } = target.endpoint;
    const isCovered = content.chains.some(({ nameMatches }) => nameMatches === true);
    for (const { leaf, label, chains, where, about } of servedLeaves(subject)) {
      const nameMatches = chains[0]?.nameMatches;
      if (nameMatches === true) continue;
      if (nameMatches === null) {
        yield {
          ...about,
          severity: 'warning',
          message: `the names of ${label}${where} cannot be read (${leaf.unreadable?.subjectAltNames ?? 'unknown reason'})`,
          advice: 'Reissue it with a well-formed subjectAltName: clients may refuse it.',
        };
        continue;
      }
      yield {
        ...about,
        severity: 'critical',
        message: `the certificate ${label}${where} does not cover ${serverName}; ${names(leaf, serverName)}`,
        advice: isCovered
          ? adviceForSome(chains)
          : 'Reissue it with this name, serve another one for it, or set the server name that clients really use.',
      };
    }
  },
};

/** What to do where the endpoint serves one that does cover the name, too. */
function adviceForSome(chains: readonly ServedChain[]): string {
  if (chains.every(({ otherKey }) => otherKey))
    return 'Reissue it with the names of the one that has the other kind of key: which of them a client gets is up to the client.';
  const addresses = new Set(chains.flatMap((chain) => chain.addresses));
  return `It is the wrong certificate at ${sampleOf([...addresses])}: serve the one that the other addresses have.`;
}

/** What it does cover, the nearest first: entries of other types never cover a host. */
function names({ subjectAltNames, subjectAltNamesOmitted = 0 }: Certificate, serverName: string): string {
  const covering = (subjectAltNames ?? [])
    .filter(({ type }) => type === 'dns' || type === 'ip')
    .map(({ value }) => value);
  if (covering.length === 0) return 'it names no host at all (a common name does not count)';
  const nearest = nearestName(subjectAltNames ?? [], serverName);
  const ordered =
    nearest === null
      ? covering
      : [`${nearest.name} (nearest: ${nearest.why})`, ...covering.filter((name) => name !== nearest.name)];
  const more = Math.max(0, ordered.length - NAMES_SHOWN) + subjectAltNamesOmitted;
  return `it covers ${ordered.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
