import type { Check } from './check.ts';

/** The domain names no version of its truststore: what it has loaded can only be guessed. */
export const truststoreUnpinned: Check = {
  id: 'truststore-unpinned',
  title: 'Truststore without a version',
  citation: 'Amazon API Gateway API Reference, MutualTlsAuthentication, "truststoreVersion"',
  *run({ content }) {
    if (content?.kind !== 'truststore' || content.loaded === undefined) return;
    const unpinned = content.loaded.versions.find(({ version }) => version === null);
    if (unpinned === undefined) return;
    yield {
      fingerprint: null,
      severity: 'info',
      message: `${unpinned.domains.slice(0, 5).join(', ')} ${unpinned.domains.length === 1 ? 'names' : 'name'} no version of it: what API Gateway has loaded cannot be known, what lies in S3 now was read`,
      advice: 'Turn on versioning for the bucket and name the version at the domain.',
    };
  },
};
