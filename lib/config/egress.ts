import type { Reach } from '../core/reach.ts';
import { isRejected } from '../core/rejected.ts';
import { type Prefix, parseCidr } from '../sources/egress/address.ts';
import { type Allowance, judgeAddress } from '../sources/egress/guard.ts';

/** Says why an address must not be connected to; null for one that may be. */
export type EgressGuard = (address: string) => string | null;

/**
 * The egress guard of what is reached like that; undefined where nothing is guarded. Whoever names a network to probe
 * from means the private addresses in it.
 *
 * @param isOn Whether the guard is on at all.
 */
export function guardFor(reach: Pick<Reach, 'allow' | 'network'>, isOn: boolean): EgressGuard | undefined {
  if (!isOn) return undefined;
  const allowance = allowanceOf(reach);
  return (address) => {
    const verdict = judgeAddress(address, allowance);
    if (verdict.allowed) return null;
    return verdict.range === '' ? verdict.why : `${verdict.range}: ${verdict.why}`;
  };
}

/** Where connections may go besides public addresses, while the guard is on. */
export function allowanceOf({ allow, network }: Pick<Reach, 'allow' | 'network'>): Allowance {
  if (allow === undefined) return { private: network !== undefined };
  if (allow === 'private') return { private: true };
  // The configuration has refused what is no block; what came from elsewhere opens nothing.
  const blocks = allow.map(parseCidr).filter((block): block is Prefix => !isRejected(block));
  return { blocks };
}
