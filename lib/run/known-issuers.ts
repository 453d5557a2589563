import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../core/name-key.ts';
import { getIssuers } from '../store/certificates.ts';
import type { Table } from '../store/table.ts';
import { BoundedMap } from '../x509/bounded-map.ts';
import { fingerprintOf, parseDer, readCertificate } from '../x509/certificate.ts';
import { isSignedBy } from '../x509/issuance.ts';
import { type IssuerPool, poolOf } from '../x509/issuer-pool.ts';

/** The CAs that the inventory has seen anywhere, as candidates for what a server does not send. */
export interface KnownIssuers {
  /** Those that may stand above what was presented; null where there are none but what was presented. Rejects where the store fails. */
  poolFor(presented: readonly X509Certificate[]): Promise<IssuerPool | null>;
}

/** Lines of public CAs have at most three intermediates. */
const MAX_STEPS = 4;
/** Names whose CAs are remembered, for as long as a run lasts: thousands of endpoints share a few dozen. */
const MAX_NAMES = 1_024;
const MAX_POOLS = 1_024;

export function createKnownIssuers(table: Table): KnownIssuers {
  const byName = new BoundedMap<string, Promise<readonly X509Certificate[]>>(MAX_NAMES);
  // Paths are remembered by pool, so the same certificates have to be the same pool.
  const pools = new BoundedMap<string, IssuerPool>(MAX_POOLS);

  async function read(subject: string): Promise<readonly X509Certificate[]> {
    return (await getIssuers(table, subject)).flatMap((der) => {
      try {
        return [parseDer(Buffer.from(der))];
      } catch {
        return []; // an item that somebody edited
      }
    });
  }

  /** One question for all who ask side by side. What failed is asked again. */
  function named(subject: string): Promise<readonly X509Certificate[]> {
    const key = nameKey(subject);
    const known = byName.get(key);
    if (known !== undefined) return known;
    const reading = read(subject);
    byName.set(key, reading);
    reading.catch(() => byName.delete(key));
    return reading;
  }

  /** Of the CAs with that name those whose key has signed what is below: a name alone can be anybody's. */
  async function above(
    subject: string,
    line: readonly X509Certificate[],
  ): Promise<readonly X509Certificate[]> {
    const below = line.filter((x509) => nameKey(readCertificate(x509).issuer) === nameKey(subject));
    return (await named(subject)).filter((issuer) => below.some((x509) => isSignedBy(x509, issuer)));
  }

  return {
    async poolFor(presented) {
      const sent = new Set(presented.map(fingerprintOf));
      const found = new Map<string, X509Certificate>();
      const asked = new Set<string>();
      let line: readonly X509Certificate[] = presented;
      for (let step = 0; step < MAX_STEPS && line.length > 0; step += 1) {
        const names = namesAbove(line).filter((name) => !asked.has(nameKey(name)));
        for (const name of names) asked.add(nameKey(name));
        const below = line;
        const issuers = (await Promise.all(names.map((name) => above(name, below)))).flat();
        line = issuers.filter((x509) => !sent.has(fingerprintOf(x509)) && !found.has(fingerprintOf(x509)));
        for (const x509 of line) found.set(fingerprintOf(x509), x509);
      }
      if (found.size === 0) return null;
      const key = [...found.keys()].sort().join();
      const pool = pools.get(key) ?? poolOf(found.values());
      pools.set(key, pool);
      return pool;
    },
  };
}

/** Each once. What signed itself has nobody above it. */
function namesAbove(line: readonly X509Certificate[]): readonly string[] {
  const below = line.map(readCertificate).filter(({ selfSigned, issuer }) => !selfSigned && issuer !== '');
  return [...new Map(below.map(({ issuer }) => [nameKey(issuer), issuer])).values()];
}
