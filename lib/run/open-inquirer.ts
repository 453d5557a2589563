import type { RevocationSource } from '../config/probing.ts';
import { createCaaFinder, createCaaQuery } from '../sources/caa.ts';
import { createFetcher } from '../sources/egress/fetch.ts';
import type { Allowance } from '../sources/egress/guard.ts';
import { createInquirer, type Inquire } from '../sources/inquiry/inquire.ts';
import { createHostResolver } from '../sources/tls-endpoint/resolve.ts';
import type { Trust } from '../x509/trust.ts';

export interface InquiryOptions {
  readonly revocation?: RevocationSource;
  readonly caa?: boolean;
  readonly urls?: boolean;
  /** A name server to ask instead of the system's. */
  readonly dns?: { readonly address: string; readonly port: number } | undefined;
  /** @default the host's clock */
  readonly now?: () => Date;
}

/** For one fetch, its redirects included, and the same again for waiting until its host is free. */
const FETCH_MS = 10_000;
/** The largest CRLs of public CAs have some ten megabytes. */
const MAX_BYTES = 32 * 1_048_576;
const CAA_MS = 5_000;
/** For one endpoint. */
export const INQUIRY_MS = 15_000;

/**
 * Asks CAs and DNS in the way that was asked for. It goes out directly, never through the proxy of a target: CRLs are
 * fetched for many targets at once.
 *
 * @param guard Where it may go besides the public Internet; null for anywhere.
 */
export function openInquirer(
  trust: Trust,
  guard: Allowance | null,
  { revocation = 'off', caa = false, urls = false, dns, now = () => new Date() }: InquiryOptions,
): { readonly inquire: Inquire; readonly close: () => void } {
  const resolver = createHostResolver({ server: dns });
  const fetcher = createFetcher({
    guard,
    resolver,
    timeoutMs: FETCH_MS,
    patienceMs: FETCH_MS,
    maxBytes: MAX_BYTES,
    now,
  });
  const inquire = createInquirer({
    fetcher,
    trust,
    revocation: revocation === 'off' ? undefined : revocation,
    urls,
    ...(caa ? { caa: createCaaFinder({ query: createCaaQuery(dns), timeoutMs: CAA_MS }) } : {}),
    now,
    budgetMs: INQUIRY_MS,
  });
  return {
    inquire,
    close() {
      fetcher.close();
      resolver.cancel();
    },
  };
}
