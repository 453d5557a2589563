import { OPTIONAL_CHECKS } from '../core/checks/index.ts';
import type { CheckId } from '../core/finding.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { suggest } from './suggest.ts';

/** Ids of optional checks, or `all`, in the order in which findings are listed. */
export function parseChecks(words: readonly string[]): readonly CheckId[] | Rejected {
  const known: readonly string[] = ['all', ...OPTIONAL_CHECKS];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined)
    return words.includes('all') ? OPTIONAL_CHECKS : OPTIONAL_CHECKS.filter((id) => words.includes(id));
  return {
    error: `${quoted(unknown)} is no optional check${suggest(unknown, known)}; wanted ${known.join(', ')}`,
  };
}
