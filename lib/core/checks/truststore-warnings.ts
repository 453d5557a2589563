import { escapeForTerminal } from '../printable.ts';
import type { Check } from './check.ts';

const SHOWN = 3;

/** What API Gateway objected to when the domain was last updated. It never looks again, and tells nobody. */
export const truststoreWarnings: Check = {
  id: 'truststore-warnings',
  title: 'API Gateway warned of the truststore',
  citation: 'Amazon API Gateway Developer Guide, "Troubleshoot certificate warnings"',
  *run({ content }) {
    if (content?.kind !== 'domain' || content.truststoreWarnings.length === 0) return;
    const { truststoreWarnings: warnings } = content;
    const shown = warnings.slice(0, SHOWN).map((warning) => escapeForTerminal(warning, 200));
    const more = warnings.length > SHOWN ? `; and ${warnings.length - SHOWN} more` : '';
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `API Gateway warned when the truststore was loaded: ${shown.join('; ')}${more}`,
      advice: 'Mend the bundle, upload it, and update the domain to the new version: clients may be refused.',
    };
  },
};
