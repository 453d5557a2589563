import type { X509Certificate } from 'node:crypto';
import type { StoreVerdict } from '../core/observation.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';
import { type CertificationPath, verifyInStores } from './certification-path.ts';
import type { IssuerPool } from './issuer-pool.ts';
import type { TrustStore } from './trust.ts';

/** What each trust store makes of what a peer presented, leaf first. Never throws. */
export function storeVerdicts(
  presented: readonly X509Certificate[],
  stores: readonly TrustStore[],
  now: Date,
  pool?: IssuerPool,
): readonly StoreVerdict[] {
  const [leaf] = presented;
  if (leaf === undefined) return [];
  return verifyInStores(leaf, { presented, stores, now, pool }).map(
    ({ store, best, problem, exhausted }) => ({
      store,
      ...(best === null ? NO_PATH : describe(best)),
      problem,
      ...(exhausted ? { exhausted } : {}),
    }),
  );
}

const NO_PATH = { path: [], notAfter: null, firstToEnd: null, outside: [] } as const;

function describe({ certificates, anchor, notAfter, outside }: CertificationPath) {
  const all = [...certificates, anchor.x509];
  const first = all.find((x509) => readCertificate(x509).notAfter === notAfter);
  const path = new Set(all.map(fingerprintOf));
  return {
    path: [...path],
    anchor: anchor.subject,
    notAfter,
    firstToEnd: first === undefined ? null : readCertificate(first).fingerprint,
    outside: outside.map(fingerprintOf),
  };
}
