import { describe, expect, it } from 'vitest';
import { earliestEnd } from '../../../lib/cli/render/earliest-end.ts';
import type { Certificate } from '../../../lib/core/certificate.ts';
import type { AddressObservation, EndpointObservation } from '../../../lib/core/observation.ts';

/** An address that serves certificates with these ends, all but the strangers on the line of issuers. */
function serving(
  ends: readonly (string | null)[],
  anchorEnd: string | null,
  strangers = 0,
): AddressObservation {
  const certificates = ends.map((notAfter) => ({ notAfter }) as Certificate);
  const anchor = { fingerprint: 'a', subject: 'CN=Root', notAfter: anchorEnd };
  const chain = {
    certificates,
    path: ends.map((_, index) => index).slice(0, ends.length - strangers),
    anchor,
    verdict: null,
  };
  const conversation = {
    protocol: null,
    cipher: null,
    keyExchangeGroup: null,
    clientCertificateRequired: false,
  };
  return { address: '192.0.2.1', elapsedMs: 1, answer: { chain, ...conversation } };
}

function observed(...addresses: AddressObservation[]): EndpointObservation {
  return { kind: 'endpoint', observedAt: new Date(0), addresses, addressesKnown: addresses.length };
}

const failed: AddressObservation = {
  address: '192.0.2.2',
  elapsedMs: 1,
  failure: { reason: 'connect_refused' },
};
const [MAY, JUNE, JULY] = ['2027-05-01T00:00:00Z', '2027-06-01T00:00:00Z', '2027-07-01T00:00:00Z'] as const;

describe('the end at which the first client fails', () => {
  it.each([
    ['the leaf', observed(serving([MAY, JULY], JUNE)), MAY],
    ['an issuer that ends before the leaf', observed(serving([JULY, MAY], JUNE)), MAY],
    ['a trust anchor that ends before both', observed(serving([JULY, JUNE], MAY)), MAY],
    ['the address that is worst off', observed(serving([JULY], null), failed, serving([JUNE], null)), JUNE],
    ['what is needed, never a stranger that was sent too', observed(serving([JUNE, MAY], JULY, 1)), JUNE],
    ['what can be read', observed(serving([null, JUNE], null)), JUNE],
    ['nothing where nothing was seen', observed(failed), null],
  ])('is that of %s', (_what, observation, end) => {
    expect(earliestEnd(observation)).toBe(end);
  });
});
