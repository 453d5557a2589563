/** How deep an endpoint is looked into: what costs its server, or a CA, more than one handshake is not asked every time. */
import type { EndpointContent } from './content.ts';
import type { Memory } from './transition.ts';

export interface Depth {
  /** Further handshakes: `DeepLook`. */
  readonly deep: boolean;
  /** Questions to its CAs and to DNS: `Inquiry`. */
  readonly inquire: boolean;
}

const HOUR = 3_600_000;

/** Versions and second certificates change when somebody works on the server, and then its certificate mostly does, too. */
const DEEP_MS = 7 * 24 * HOUR;

/** CRLs of public CAs are issued daily (CA/Browser Forum Baseline Requirements §4.9.7 has seven days at most). */
const INQUIRY_MS = 24 * HOUR;

/** Somebody who could not be reached is asked again sooner. */
const UNANSWERED_MS = 6 * HOUR;

/** A schedule that comes around a little early must not skip a whole round. */
const SLACK = 0.95;

/** On change, and when the last time is long ago. */
export function depthFor({ content: known, state }: Memory, seen: EndpointContent, now: Date): Depth {
  if (known?.kind !== 'endpoint' || leavesOf(known) !== leavesOf(seen)) return { deep: true, inquire: true };
  const isOlder = (at: string | undefined, ms: number) =>
    at === undefined || now.getTime() - Date.parse(at) >= ms * SLACK;
  const unanswered = Object.values(known.inquiry?.revocation ?? {}).some(
    ({ because }) => because === 'unreachable',
  );
  return {
    deep: isOlder(state?.deepAt, DEEP_MS),
    inquire: isOlder(state?.inquiredAt, unanswered ? UNANSWERED_MS : INQUIRY_MS),
  };
}

/** What is served to a client as usual. */
function leavesOf({ chains }: EndpointContent): string {
  const leaves = chains
    .filter(({ otherKey }) => otherKey === undefined)
    .map(({ certificates }) => certificates[0]);
  return [...new Set(leaves)].sort().join();
}
