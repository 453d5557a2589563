import type { Check } from './check.ts';

const SHOWN = 5;

/** A newer bundle lies in S3 than a domain has loaded: API Gateway copies it once, when the domain is updated. */
export const truststoreDrift: Check = {
  id: 'truststore-drift',
  title: 'Newer truststore uploaded, not loaded',
  citation: 'Amazon API Gateway Developer Guide, "Updating your truststore"',
  *run({ content }) {
    if (content?.kind !== 'truststore' || content.loaded === undefined) return;
    const { latest, versions } = content.loaded;
    if (latest === undefined || latest === null) return;
    const behind = versions.filter(({ version }) => version !== null && version !== latest);
    const domains = behind.flatMap((each) => each.domains);
    if (domains.length === 0) return;
    const named = domains.slice(0, SHOWN).join(', ');
    const more = domains.length > SHOWN ? ` and ${domains.length - SHOWN} more` : '';
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `version ${latest} lies in S3, but ${named}${more} still use${domains.length === 1 ? 's' : ''} ${behind.map(({ version }) => version).join(', ')}`,
      advice:
        'Update the domain to the new version (mutual TLS authentication, truststore version): an upload alone changes nothing.',
    };
  },
};
