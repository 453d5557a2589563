import type { X509Certificate } from 'node:crypto';
import { readBundle } from '../../x509/bundle.ts';
import { parseDer } from '../../x509/certificate.ts';
import { type Crl, readCrl } from '../../x509/revocation/crl.ts';
import { createFetchCache, type FetchCache } from '../egress/cached.ts';
import type { Fetched, Fetcher } from '../egress/fetch.ts';
import { readCertsOnly } from './certs-only.ts';

/** What CAs publish, each URL asked for once however many certificates name it. */
export interface Published {
  readonly crls: FetchCache<Crl>;
  readonly issuers: FetchCache<readonly X509Certificate[]>;
}

/** Of all CRLs that are kept at a time. The largest of public CAs have some ten megabytes. */
const CRL_BYTES = 44 * 1_048_576;
const ISSUER_BYTES = 4 * 1_048_576;

export function createPublished(fetcher: Fetcher, now: () => Date): Published {
  return {
    crls: createFetchCache({
      fetcher,
      read: readCrlAnswer,
      accept: 'application/pkix-crl, */*;q=0.5',
      maxBytes: CRL_BYTES,
      now,
    }),
    issuers: createFetchCache({
      fetcher,
      read: readIssuers,
      accept: 'application/pkix-cert, */*;q=0.5',
      maxBytes: ISSUER_BYTES,
      now,
    }),
  };
}

function readCrlAnswer({ bytes }: Fetched): { readonly value: Crl; readonly keepUntil: Date | null } {
  const crl = readCrl(bytes);
  if ('unreadable' in crl) throw new Error(crl.unreadable);
  return { value: crl, keepUntil: crl.nextUpdate === null ? null : new Date(crl.nextUpdate) };
}

/** Of one answer: a CA publishes its own certificate, and a handful of cross-signs. What is beyond is not read. */
const MAX_ISSUERS = 32;
const MAX_ISSUER_BYTES = 262_144;

/** RFC 5280 §4.2.2.1: one certificate in DER, or several in a "certs-only" CMS message. Some CAs publish PEM. */
function readIssuers({ bytes }: Fetched): {
  readonly value: readonly X509Certificate[];
  readonly keepUntil: null;
} {
  if (bytes[0] === 0x30)
    return { value: readCertsOnly(bytes, MAX_ISSUERS) ?? [parseDer(bytes)], keepUntil: null };
  const { x509 } = readBundle(bytes.subarray(0, MAX_ISSUER_BYTES));
  if (x509.length === 0) throw new Error('no certificate in DER, PEM or CMS');
  return { value: x509.slice(0, MAX_ISSUERS), keepUntil: null };
}
