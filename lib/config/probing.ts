import type { CheckId } from '../core/finding.ts';

/** Whether the issuers of what is served are asked about it: by their CRLs, or by OCSP as well. */
export const REVOCATION_SOURCES = ['off', 'crl', 'ocsp'] as const;

export type RevocationSource = (typeof REVOCATION_SOURCES)[number];

/** How endpoints are looked at and judged: the same for all of them. */
export interface Probing {
  /** Whether every address is judged before it is connected to. @default on where the monitor is deployed, else off */
  readonly egressGuard?: boolean;
  readonly revocation: RevocationSource;
  /** Optional checks that speak, too. */
  readonly checks: readonly CheckId[];
  /** Connections to one address and second. @default 50, and no limit for this machine's own addresses */
  readonly connectionsPerSecond?: number;
}

export const DEFAULT_PROBING = { revocation: 'crl', checks: [] } as const satisfies Probing;

/** What of a configuration is about probing; none that is not there. */
export function probingOf({ egressGuard, revocation, checks, connectionsPerSecond }: Probing): Probing {
  return {
    ...(egressGuard === undefined ? {} : { egressGuard }),
    revocation,
    checks,
    ...(connectionsPerSecond === undefined ? {} : { connectionsPerSecond }),
  };
}

/** What is asked of others, so that every check that speaks has something to judge. */
export function inquiriesFor({ revocation, checks }: Pick<Probing, 'revocation' | 'checks'>): {
  readonly revocation: RevocationSource;
  readonly caa: boolean;
  readonly urls: boolean;
} {
  return {
    revocation,
    caa: checks.some((id) => id === 'caa-missing' || id === 'caa-excludes-issuer'),
    urls: checks.includes('dead-url'),
  };
}
