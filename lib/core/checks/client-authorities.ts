import type { BundleContent } from '../content.ts';
import { nameKey } from '../name-key.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './check.ts';

/** The CAs that a server names to clients are not those of the truststore that they are meant to be checked against. */
export const clientAuthorities: Check = {
  id: 'client-authorities',
  title: 'Advertised CAs differ from the truststore',
  citation: 'RFC 5246 §7.4.4; RFC 8446 §4.2.4',
  *run({ content, truststore, certificate }) {
    if (content?.kind !== 'endpoint' || truststore === undefined) return;
    const advertised = content.deep?.clientAuthorities;
    // RFC 5246 §7.4.4: an empty list means that any CA will do.
    if (advertised === undefined || advertised.length === 0) return;
    const trusted = authoritiesOf(truststore, certificate);
    const unnamed = without(trusted.names, advertised);
    // A name that is missing may be that of a certificate whose facts are not known.
    const strangers = trusted.isComplete ? without(advertised, trusted.names) : [];
    if (unnamed.length === 0 && strangers.length === 0) return;
    yield {
      fingerprint: null,
      severity: 'warning',
      message: [
        ...phrase(
          unnamed,
          'of the truststore',
          'not advertised: clients with certificates from there may show none',
        ),
        ...phrase(strangers, 'that the server advertises', 'not in the truststore'),
      ].join('; '),
      advice:
        'Have the server load the truststore that is meant for it and start again, or name the right truststore for this target.',
    };
  },
};

interface Authorities {
  readonly names: readonly string[];
  readonly isComplete: boolean;
}

function authoritiesOf({ certificates }: BundleContent, certificate: Subject['certificate']): Authorities {
  const known = certificates.map(certificate).filter((each) => each !== undefined);
  return {
    names: known.filter(({ role }) => role !== 'leaf').map(({ subject }) => subject),
    isComplete: known.length === certificates.length,
  };
}

/** Each name once, as RFC 5280 §7.1 compares them: without regard to case and repeated spaces. */
function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const taken = new Set(others.map(nameKey));
  const left = new Map(names.map((name) => [nameKey(name), name]));
  return [...left].filter(([key]) => !taken.has(key)).map(([, name]) => name);
}

const NAMED = 3;

function phrase(names: readonly string[], which: string, what: string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMED).join(' and ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [
    `${names.length} ${names.length === 1 ? 'CA' : 'CAs'} ${which} ${names.length === 1 ? 'is' : 'are'} ${what} (${shown}${more})`,
  ];
}
