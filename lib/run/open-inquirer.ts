import type { RevocationSource } from '../config/probing.ts';
import { createCaaFinder, createCaaQuery } from '../sources/caa.ts';
import { createInquirer, type Inquire } from '../sources/inquiry/inquire.ts';
import type { Trust } from '../x509/trust.ts';
import type { Outlet } from './publications.ts';

export interface InquiryOptions {
  readonly revocation?: RevocationSource;
  readonly caa?: boolean;
  readonly urls?: boolean;
  /** Whether issuers are fetched that servers do not send. @default where anybody is asked about revocation */
  readonly issuers?: boolean;
  /** A name server to ask instead of the system's. */
  readonly dns?: { readonly address: string; readonly port: number } | undefined;
  readonly now?: () => Date;
}

const CAA_MS = 5_000;
/** For one endpoint. */
export const INQUIRY_MS = 15_000;

/**
 * Asks CAs and DNS in the way that was asked for. It goes out directly, never through the proxy of a target: CRLs are
 * fetched for many targets at once.
 */
export function openInquirer(
  trust: Trust,
  outlet: Outlet,
  {
    revocation = 'off',
    caa = false,
    urls = false,
    issuers = revocation !== 'off',
    dns,
    now = () => new Date(),
  }: InquiryOptions,
): Inquire {
  return createInquirer({
    ...outlet,
    trust,
    revocation: revocation === 'off' ? undefined : revocation,
    urls,
    issuers,
    ...(caa ? { caa: createCaaFinder({ query: createCaaQuery(dns), timeoutMs: CAA_MS }) } : {}),
    now,
    budgetMs: INQUIRY_MS,
  });
}
