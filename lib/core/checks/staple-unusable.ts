import { formatInstant } from '../instant.ts';
import { describeUnknown, type UnknownBecause } from '../revocation.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** What a client may well make use of where it could not be verified here. */
const OURS: ReadonlySet<UnknownBecause> = new Set([
  'not_issuer',
  'algorithm_unsupported',
  'unknown_critical_extension',
]);

/** The stapled OCSP response says nothing that a client can rely on. */
export const stapleUnusable: Check = {
  id: 'staple-unusable',
  title: 'Unusable OCSP staple',
  citation: 'RFC 6960 §3.2; RFC 6066 §8; RFC 7633 §4.2.3.1',
  *run(subject) {
    for (const { leaf, label, chains, where, about } of servedLeaves(subject)) {
      const staples = chains.map(({ staple }) => staple).filter((staple) => staple?.state === 'unknown');
      const staple = staples.find((each) => !isOurs(each?.because)) ?? staples[0];
      if (staple === undefined) continue;
      const ours = isOurs(staple.because);
      const listed =
        staple.revokedAt === undefined
          ? ''
          : `; it calls the certificate revoked on ${formatInstant(staple.revokedAt)}`;
      yield {
        ...about,
        severity: ours ? 'info' : leaf.mustStaple === true ? 'critical' : 'warning',
        message: `the OCSP response that comes with ${label}${where} ${ours ? 'could not be verified here' : 'is of no use'}: ${describeUnknown({ ...staple, by: 'staple' })}${listed}`,
        advice: ours
          ? 'Have the server send the full chain, or look at the response with openssl ocsp.'
          : leaf.mustStaple === true
            ? 'Have the server fetch a new response now: the certificate demands one, and clients that hold it to that refuse the connection.'
            : 'Have the server fetch a new response, or turn stapling off: some clients refuse a bad one.',
      };
    }
  },
};

function isOurs(because: UnknownBecause | undefined): boolean {
  return because !== undefined && OURS.has(because);
}
