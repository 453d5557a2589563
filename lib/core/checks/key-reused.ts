import { certificateLabel } from '../certificate.ts';
import { formatInstant } from '../instant.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** A renewal that kept the key: whoever has ever got hold of it still has it. */
export const keyReused: Check = {
  id: 'key-reused',
  title: 'Key kept across a renewal',
  citation: 'NIST SP 800-57 Part 1 Rev. 5 §5.3 (cryptoperiods)',
  optional: true,
  *run(subject) {
    for (const { label, chains, about } of servedLeaves(subject)) {
      const before = chains.find(({ keyFrom }) => keyFrom !== undefined)?.keyFrom;
      if (before === undefined) continue;
      const old = subject.certificate(before);
      const name = old === undefined ? before.slice(0, 12) : certificateLabel(old);
      const since =
        old === undefined || old.notBefore === null ? '' : `, which began on ${formatInstant(old.notBefore)}`;
      yield {
        ...about,
        severity: 'warning',
        message: `${label} has the key of ${name}${since}, the one that it replaced`,
        advice:
          'Have the client that renews it make a new key each time (certbot: no --reuse-key), and renew once more.',
      };
    }
  },
};
