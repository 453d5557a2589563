import { escapeForTerminal } from '../printable.ts';
import type { Check } from './check.ts';

const SHOWN = 5;

/** DNS forbids the CA of the present certificate to issue the next one. */
export const caaExcludesIssuer: Check = {
  id: 'caa-excludes-issuer',
  title: 'CAA excludes the present CA',
  citation: 'RFC 8659 §4.2; CA/Browser Forum Baseline Requirements §3.2.2.8',
  optional: true,
  *run({ content }) {
    const caa = content?.kind === 'endpoint' ? content.inquiry?.caa : undefined;
    if (caa?.state !== 'restricted' || caa.permitsIssuer !== false) return;
    const named = caa.issuers.slice(0, SHOWN).map((issuer) => escapeForTerminal(issuer, 100));
    const more = caa.issuers.length > SHOWN ? ` and ${caa.issuers.length - SHOWN} more` : '';
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `the CAA records at ${caa.at} let ${named.length === 0 ? 'no CA' : `only ${named.join(', ')}${more}`} issue for this name, and not the CA that issued the present certificate: it will refuse to issue the next one`,
      advice: 'Add the CA to the CAA records before the next renewal, or renew from one that they name.',
    };
  },
};
