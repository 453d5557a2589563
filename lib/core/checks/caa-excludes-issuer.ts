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
    const { at, issuers, criticalUnknown = [] } = caa;
    if (criticalUnknown.length > 0) {
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `the CAA records at ${at} have the critical property ${listed(criticalUnknown)}: no CA may issue for this name before it understands that, and the next certificate will be refused`,
        advice:
          'Take the property out of the CAA records, or its critical flag away, before the next renewal.',
      };
      return;
    }
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `the CAA records at ${at} let ${issuers.length === 0 ? 'no CA' : `only ${listed(issuers)}`} issue for this name, and not the CA that issued the present certificate: it will refuse to issue the next one`,
      advice: 'Add the CA to the CAA records before the next renewal, or renew from one that they name.',
    };
  },
};

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => escapeForTerminal(name, 100));
  return `${shown.join(', ')}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''}`;
}
