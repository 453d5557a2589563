import type { StoreName } from '../core/reach.ts';
import {
  loadTrust,
  mozillaStore,
  pemStore,
  systemStore,
  type Trust,
  type TrustStore,
} from '../x509/trust.ts';

const STORES: Readonly<Record<StoreName, () => TrustStore>> = { mozilla: mozillaStore, system: systemStore };

/** What a server's certificates are judged by. */
export interface Trusted {
  /** The anchors of all stores, and the further ones. */
  readonly trust: Trust;
  /** Absent where nobody chose any. */
  readonly stores?: readonly TrustStore[];
}

/**
 * @param names Of the stores that somebody chose.
 * @param ca PEM with further anchors.
 * @throws Error where that holds no certificate that can be read.
 */
export function trustOf(names: readonly StoreName[] | undefined, ca: string | undefined): Trusted {
  if (names === undefined) return { trust: loadTrust(ca) };
  const stores = names.map((name) => STORES[name]());
  return { stores, trust: union(ca === undefined ? stores : [...stores, pemStore('ca', ca)]) };
}

/** One set of anchors of several, each anchor once. */
function union(stores: readonly TrustStore[]): Trust {
  const all = stores.map(({ trust }) => trust);
  return {
    pem: [...new Set(all.flatMap(({ pem }) => pem))],
    byFingerprint: (fingerprint) => {
      for (const trust of all) {
        const anchor = trust.byFingerprint(fingerprint);
        if (anchor !== undefined) return anchor;
      }
      return undefined;
    },
    bySubject: (subject) => {
      const anchors = all.flatMap((trust) => trust.bySubject(subject));
      return [...new Map(anchors.map((anchor) => [anchor.fingerprint, anchor])).values()];
    },
  };
}
