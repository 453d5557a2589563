import type { Check } from './check.ts';

/** DNS leaves it to every public CA to issue for the name. */
export const caaMissing: Check = {
  id: 'caa-missing',
  title: 'No CAA record',
  citation: 'RFC 8659 §3 and §4',
  optional: true,
  *run({ content }) {
    if (content?.kind !== 'endpoint' || content.inquiry?.caa?.state !== 'unrestricted') return;
    yield {
      fingerprint: null,
      severity: 'info',
      message: 'no CAA record says which CAs may issue for this name: every public one may',
      advice: 'Name the CAs that are used in CAA records at the domain, and have their reports sent (iodef).',
    };
  },
};
