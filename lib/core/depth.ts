/** How deep an endpoint is looked into: what costs its server, or a CA, more than one handshake is not asked every time. */
import type { EndpointContent } from './content.ts';
import type { Inquiry } from './observation.ts';
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

/** Somebody who could not be reached, or did not answer every question, is asked again sooner. */
const UNANSWERED_MS = 6 * HOUR;

/** A schedule that comes around a little early must not skip a whole round. */
const SLACK = 0.95;

/** What changes with every connection is no change. */
const APART_MS = HOUR;

/** When a leaf is new, and when the last time is long ago, or lies ahead by a clock that was wrong. */
export function depthFor({ content: known, state }: Memory, seen: EndpointContent, now: Date): Depth {
  if (known?.kind !== 'endpoint') return { deep: true, inquire: true };
  const leaves = leavesOf(known);
  // One that is missing may be back at the next look: its address is silent, or left out of a sample.
  const isNew = [...leavesOf(seen)].some((leaf) => !leaves.has(leaf));
  const isRecent = (at: string | undefined, ms: number) => {
    const age = now.getTime() - Date.parse(at ?? '');
    return age >= 0 && age < (isNew ? APART_MS : ms) * SLACK;
  };
  return {
    deep: !isRecent(state?.deepAt, known.deep?.partial ? UNANSWERED_MS : DEEP_MS),
    inquire: !isRecent(state?.inquiredAt, isAnswered(known.inquiry) ? INQUIRY_MS : UNANSWERED_MS),
  };
}

function isAnswered({ revocation = {}, caa }: Inquiry = {}): boolean {
  const isSilent = Object.values(revocation).some(({ because }) => because === 'unreachable');
  return !isSilent && caa?.state !== 'unknown';
}

/** What is served to a client as usual. */
function leavesOf({ chains }: EndpointContent): ReadonlySet<string> {
  const usual = chains.filter(({ otherKey }) => otherKey === undefined);
  return new Set(usual.flatMap(({ certificates }) => certificates[0] ?? []));
}
