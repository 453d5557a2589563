import type { Reach } from '../core/reach.ts';
import { isRejected, quoted, type Rejected } from '../core/rejected.ts';
import { parseCidr } from '../sources/egress/address.ts';
import { describeValue } from './problem.ts';
import { suggest } from './suggest.ts';

const WANTED = 'wanted private, or a list of address blocks such as [10.0.0.0/8]';

/** What the egress guard lets through beside public addresses: `private`, or a list of address blocks (CIDR). */
export function parseAllowed(value: unknown): NonNullable<Reach['allow']> | Rejected {
  if (value === 'private') return value;
  if (!Array.isArray(value)) return { error: `got ${describeValue(value)}${meant(value)}; ${WANTED}` };
  if (value.length === 0) return { error: `got an empty list, which allows nothing; ${WANTED}` };
  const blocks = new Set<string>();
  for (const entry of value as readonly unknown[]) {
    if (entry === 'private')
      return { error: `got private within a list; ${WANTED}, not both: private is 10.0.0.0/8 and the like` };
    if (typeof entry !== 'string') return { error: `got ${describeValue(entry)} within the list; ${WANTED}` };
    const block = parseCidr(entry);
    if (isRejected(block))
      return meant(entry) === '' ? block : { error: `got ${quoted(entry)}${meant(entry)}; ${WANTED}` };
    blocks.add(block.text);
  }
  return [...blocks];
}

/** ` (did you mean "private"?)` where that is near. */
function meant(value: unknown): string {
  return typeof value === 'string' ? suggest(value, ['private']) : '';
}
