import { addressesWhere } from '../served-where.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** The leaf binds its server to staple an OCSP response, and none comes. */
export const stapleMissing: Check = {
  id: 'staple-missing',
  title: 'Must-staple without a staple',
  citation: 'RFC 7633 §4.2.3.1; RFC 6066 §8',
  *run(subject) {
    const { content } = subject;
    if (content?.kind !== 'endpoint') return;
    for (const { leaf, label, chains, about } of servedLeaves(subject)) {
      // A conversation that ended early may have ended before the response.
      const bare = new Set(
        chains.filter(({ staple, protocol }) => staple === undefined && protocol !== null),
      );
      if (leaf.mustStaple !== true || bare.size === 0) continue;
      const where = addressesWhere(content, (chain) => bare.has(chain));
      yield {
        ...about,
        severity: 'critical',
        message: `${label} demands that an OCSP response is sent along, and none is${where === '' ? '' : ` by ${where}`}`,
        advice:
          'Turn OCSP stapling on and have the server fetch the response before the first client asks, or reissue the certificate without must-staple.',
      };
    }
  },
};
