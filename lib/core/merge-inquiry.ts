import type { EndpointContent } from './content.ts';
import type { RevocationStatus } from './revocation.ts';

type Inquired = Pick<EndpointContent, 'chains' | 'inquiry'>;

/**
 * Puts the latest answers in the place of those before. Who does not answer takes nothing back: what was revoked stays so
 * until somebody says otherwise, and what DNS said of this leaf stays until it says something else.
 *
 * @param seen With what is served now, remembered chains included.
 */
export function mergeInquiry(known: Inquired, seen: Inquired): Pick<EndpointContent, 'inquiry'> {
  const [before, now] = [known.inquiry, seen.inquiry];
  if (before === undefined) return now === undefined ? {} : { inquiry: now };
  if (now === undefined) return { inquiry: before };
  const { revocation } = now;
  const caa =
    (now.caa?.state ?? 'unknown') === 'unknown' && hasSameLeaves(known, seen)
      ? (before.caa ?? now.caa)
      : now.caa;
  // Left out where there was no time to try them all.
  const deadUrls = now.deadUrls ?? before.deadUrls;
  const inquiry = {
    ...now,
    ...(caa === undefined ? {} : { caa }),
    ...(deadUrls === undefined ? {} : { deadUrls }),
    // Left out where nobody wants to know any more.
    ...(revocation === undefined
      ? {}
      : { revocation: { ...revocation, ...stillRevoked(before.revocation ?? {}, revocation, seen) } }),
  };
  return { inquiry };
}

function hasSameLeaves(known: Inquired, seen: Inquired): boolean {
  const leaves = new Set(known.chains.map(({ certificates }) => certificates[0]));
  return seen.chains.every(({ certificates }) => leaves.has(certificates[0]));
}

type Statuses = Readonly<Record<string, RevocationStatus>>;

/** Nobody can be asked, either, while the issuer is not sent. */
function stillRevoked(known: Statuses, seen: Statuses, { chains }: Inquired): Statuses {
  const served = new Set(chains.flatMap(({ certificates }) => certificates));
  return Object.fromEntries(
    Object.entries(known).filter(
      ([fingerprint, { state }]) =>
        state === 'revoked' &&
        served.has(fingerprint) &&
        (seen[fingerprint]?.state ?? 'unknown') === 'unknown',
    ),
  );
}
