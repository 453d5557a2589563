import type { DeadUrl } from '../observation.ts';
import { escapeForTerminal } from '../printable.ts';
import type { Check } from './check.ts';
import { standingOf } from './standing.ts';

const SHOWN = 3;

const PURPOSES: Readonly<Record<DeadUrl['purpose'], string>> = {
  crl: 'its CRL',
  issuer: 'its issuer',
  ocsp: 'its OCSP responder',
};

/** A certificate says where to ask about it, and there is nothing. */
export const deadUrl: Check = {
  id: 'dead-url',
  title: 'Dead URL in a certificate',
  citation: 'RFC 5280 §4.2.1.13 and §4.2.2.1; CA/Browser Forum Baseline Requirements §4.10',
  optional: true,
  *run(subject) {
    const { content } = subject;
    if (content?.kind !== 'endpoint') return;
    const byCertificate = Map.groupBy(content.inquiry?.deadUrls ?? [], ({ fingerprint }) => fingerprint);
    for (const [fingerprint, urls] of byCertificate) {
      const standing = standingOf(fingerprint, content, subject);
      if (standing === null || standing.position === 'superfluous') continue;
      const shown = urls
        .slice(0, SHOWN)
        .map(
          ({ url, purpose, why }) =>
            `${PURPOSES[purpose]} at ${escapeForTerminal(url, 200)}: ${escapeForTerminal(why, 200)}`,
        );
      const more = urls.length > SHOWN ? `; and ${urls.length - SHOWN} more` : '';
      yield {
        fingerprint,
        severity: 'warning',
        message: `${standing.name}${standing.where} names what is not there (${shown.join('; ')}${more})`,
        advice:
          'Tell the CA, or mend the server if the CA is your own; clients that insist on an answer refuse the certificate.',
      };
    }
  },
};
