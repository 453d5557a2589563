/** Keeps the connections to one address apart. */
export interface Pace {
  /** Reserves the next turn at an address: how many milliseconds there are to wait for it, mostly none. */
  reserve(address: string): number;
}

/** Above this many addresses the ones whose turn is long past are forgotten. */
const MANY = 4_096;

/**
 * @param perSecond Connections to one address and second. Undefined for the default, from which this machine's own
 * addresses are free: nobody else is disturbed there.
 */
export function createPace(perSecond: number | undefined): Pace {
  const spacingMs = 1_000 / (perSecond ?? CONNECTIONS_PER_SECOND);
  const free = new Map<string, number>();
  return {
    reserve(address) {
      if (perSecond === undefined && isLoopback(address)) return 0;
      const now = performance.now();
      const at = Math.max(now, free.get(address) ?? 0);
      if (free.size >= MANY) {
        for (const [known, until] of free) if (until <= now) free.delete(known);
      }
      free.set(address, at + spacingMs);
      return at - now;
    },
  };
}

/** A hundred names behind one load balancer take two seconds, and a small server does not notice. */
const CONNECTIONS_PER_SECOND = 50;

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
