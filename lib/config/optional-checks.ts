import { CHECKS } from '../core/checks/index.ts';
import type { CheckId } from '../core/finding.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { suggest } from './suggest.ts';

/** Checks that speak only where somebody switched them on. */
export const OPTIONAL_CHECKS: readonly CheckId[] = CHECKS.filter(({ optional }) => optional === true).map(
  ({ id }) => id,
);

/** Ids of optional checks, or `all`, in the order in which findings are listed. */
export function parseChecks(
  words: readonly string[],
  known: readonly CheckId[] = OPTIONAL_CHECKS,
): readonly CheckId[] | Rejected {
  if (words.includes('all')) return known;
  const unknown = words.find((word) => !(known as readonly string[]).includes(word));
  if (unknown === undefined) return known.filter((id) => words.includes(id));
  return {
    error: `${quoted(unknown)} is no optional check${suggest(unknown, known)}; wanted ${['all', ...known].join(', ')}`,
  };
}
