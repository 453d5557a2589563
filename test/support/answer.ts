import type { Certificate } from '../../lib/core/certificate.ts';

/** What is seen of an endpoint with one address that serves this leaf, under a trust anchor. */
export function answerWith(leaf: Certificate, observedAt: Date) {
  const anchor = { fingerprint: 'a'.repeat(64), subject: 'CN=Anchor', notAfter: null };
  const answer = {
    chain: { certificates: [leaf], path: [0], anchor, verdict: null },
    protocol: 'TLSv1.3',
    cipher: null,
    keyExchangeGroup: null,
    clientCertificateRequired: false,
  };
  const addresses = [{ address: '192.0.2.1', elapsedMs: 1, answer }];
  return { kind: 'endpoint', observedAt, addressesKnown: 1, addresses } as const;
}
