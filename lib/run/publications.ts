import { createFetcher, type Fetcher } from '../sources/egress/fetch.ts';
import type { Allowance } from '../sources/egress/guard.ts';
import { createPublished, type Published } from '../sources/inquiry/published.ts';
import { createHostResolver } from '../sources/tls-endpoint/resolve.ts';

/** How what certificates point to is fetched, and what of it is kept. */
export interface Outlet {
  readonly fetcher: Fetcher;
  readonly published: Published;
}

/** One outlet for everything that may connect to the same addresses. It outlives collectors: CRLs are kept for hours. */
export interface Publications {
  /** @param allowance Where it may go besides the public Internet. */
  outlet(allowance: Allowance): Outlet;
  close(): void;
}

export interface PublicationsOptions {
  /** A name server to ask instead of the system's. */
  readonly dns?: { readonly address: string; readonly port: number } | undefined;
  /** @default the host's clock */
  readonly now?: (() => Date) | undefined;
}

/** For one fetch, its redirects included, and the same again for waiting until its host is free. */
const FETCH_MS = 10_000;
/** The largest CRLs of public CAs have some ten megabytes, and the smallest function 512. */
const MAX_BYTES = 12 * 1_048_576;
/** At a time. Each may hold two times `MAX_BYTES` while its answer is put together. */
const MAX_FETCHES = 3;

export function createPublications({ dns, now = () => new Date() }: PublicationsOptions = {}): Publications {
  const resolver = createHostResolver({ server: dns });
  const outlets = new Map<string, Outlet>();
  return {
    outlet(allowance) {
      const key = JSON.stringify(allowance, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
      let outlet = outlets.get(key);
      if (outlet === undefined) {
        // Whatever somebody's certificate names is judged, also where the endpoints themselves are not.
        const fetcher = createFetcher({
          guard: allowance,
          resolver,
          timeoutMs: FETCH_MS,
          patienceMs: FETCH_MS,
          maxBytes: MAX_BYTES,
          concurrency: MAX_FETCHES,
          now,
        });
        outlet = { fetcher, published: createPublished(fetcher, now) };
        outlets.set(key, outlet);
      }
      return outlet;
    },
    close() {
      for (const { fetcher } of outlets.values()) fetcher.close();
      resolver.cancel();
    },
  };
}
