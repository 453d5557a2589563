import type { X509Certificate } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { AddressObservation, Answer, EndpointObservation } from '../../../lib/core/observation.ts';
import { type Prefix, parseCidr } from '../../../lib/sources/egress/address.ts';
import { createFetcher, type FetcherOptions } from '../../../lib/sources/egress/fetch.ts';
import { createInquirer, type Inquire, type InquirerOptions } from '../../../lib/sources/inquiry/inquire.ts';
import { createPublished } from '../../../lib/sources/inquiry/published.ts';
import { judgePresented } from '../../../lib/sources/tls-endpoint/judge-presented.ts';
import { createHostResolver } from '../../../lib/sources/tls-endpoint/resolve.ts';
import { loadTrust, type Trust } from '../../../lib/x509/trust.ts';
import type { Issued } from '../../support/pki.ts';

const NO_HOSTS = { address: '127.0.0.1', port: 9 };

const LOOPBACK = { blocks: [parseCidr('127.0.0.0/8') as Prefix] };

type Asking = Partial<Omit<InquirerOptions, 'fetcher' | 'trust'>> &
  Pick<Partial<FetcherOptions>, 'guard' | 'timeoutMs'>;

/** An inquirer over real sockets that trusts these roots, until the test is over. */
export function inquirerFor(roots: readonly Issued[], options: Asking = {}): Inquire {
  const { guard = LOOPBACK, timeoutMs = 5_000, ...rest } = options;
  const resolver = createHostResolver({ server: NO_HOSTS });
  const fetcher = createFetcher({ guard, resolver, timeoutMs, maxBytes: 10_000_000 });
  onTestFinished(() => fetcher.close());
  const now = () => new Date();
  return createInquirer({
    fetcher,
    published: createPublished(fetcher, options.now ?? now),
    trust: trusting(roots),
    revocation: 'crl',
    urls: false,
    issuers: true,
    now,
    budgetMs: 10_000,
    ...rest,
  });
}

export function trusting(roots: readonly Issued[]): Trust {
  return loadTrust(roots.map(({ pem }) => pem).join(''));
}

/** What is seen of an endpoint with an address for each of these chains. */
export function showing(trust: Trust, ...chains: readonly (readonly Issued[])[]): EndpointObservation {
  const addresses = chains.map(
    (chain, index): AddressObservation => ({
      address: `192.0.2.${index + 1}`,
      elapsedMs: 1,
      answer: answerOf(
        chain.map(({ x509 }) => x509),
        trust,
      ),
    }),
  );
  return { kind: 'endpoint', observedAt: new Date(), addresses, addressesKnown: addresses.length };
}

export function answerOf(certificates: readonly X509Certificate[], trust: Trust): Answer {
  const presented = { certificates, verdict: null, staple: undefined };
  return {
    chain: judgePresented(presented, { trust, stores: [] }, new Date()),
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    keyExchangeGroup: 'X25519',
    clientCertificateRequired: false,
  };
}

export function fingerprint({ x509 }: Pick<Issued, 'x509'>): string {
  return x509.fingerprint256.replaceAll(':', '').toLowerCase();
}
