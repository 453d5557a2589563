import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** Nothing in a public certificate shows that it was published in a log: browsers then want to be shown otherwise. */
export const noSct: Check = {
  id: 'no-sct',
  title: 'No embedded SCT',
  citation: 'RFC 6962 §3.3; RFC 9162 §6',
  optional: true,
  *run(subject) {
    for (const { leaf, label, chains, where, about } of servedLeaves(subject)) {
      if (leaf.scts !== 0 || !chains.some(({ publiclyTrusted }) => publiclyTrusted)) continue;
      yield {
        ...about,
        severity: 'warning',
        message: `${label}${where} carries no SCT of a Certificate Transparency log, and browsers refuse it unless the server sends one in the handshake or with its OCSP response`,
        advice: 'Have it issued again with embedded SCTs, or make sure that the server does send them.',
      };
    }
  },
};
