import { describeFailure } from '../reason.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** The certificates came, and then the handshake ended before its end. */
export const handshakeFails: Check = {
  id: 'handshake-fails',
  title: 'Handshake does not complete',
  citation: 'RFC 8446 §4.4.3 and §6.2; RFC 5246 §7.4.9',
  *run(subject) {
    for (const { label, chains, where, about } of servedLeaves(subject)) {
      const reasons = new Set(
        chains.flatMap(({ brokenOff }) => (brokenOff === undefined ? [] : describeFailure(brokenOff))),
      );
      if (reasons.size === 0) continue;
      yield {
        ...about,
        severity: 'warning',
        // Of several addresses that serve the same it need not be every one.
        message: `${label}${where} was sent, but a handshake did not complete: ${[...reasons].join('; ')}`,
        advice:
          'See what the log of the server says of it, and whether its key belongs to the certificate: nothing has proved that yet.',
      };
    }
  },
};
