import { exceededLimit, validitySeconds } from '../baseline-requirements.ts';
import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

const DAY_SECONDS = 86_400;

/** A public CA issued it for longer than it may: browsers refuse it from the first day. */
export const lifetimeTooLong: Check = {
  id: 'lifetime-too-long',
  title: 'Valid for longer than allowed',
  citation: 'CA/Browser Forum Baseline Requirements §6.3.2',
  optional: true,
  *run(subject) {
    for (const { leaf, label, chains, where, about } of servedLeaves(subject)) {
      if (!chains.some(({ publiclyTrusted }) => publiclyTrusted)) continue;
      const limit = exceededLimit(leaf);
      if (limit === null) continue;
      yield {
        ...about,
        severity: 'warning',
        message: `${label}${where} is valid for ${inDays(validitySeconds(leaf) ?? 0)}, and ${limit} d was the most when it was issued, on ${formatInstant(leaf.notBefore ?? '')}`,
        advice: 'Have the CA issue it again, for less: browsers refuse one that is valid for longer.',
      };
    }
  },
};

/** To the second: one too many is too many. */
function inDays(seconds: number): string {
  const rest = seconds % DAY_SECONDS;
  return `${Math.floor(seconds / DAY_SECONDS)} d${rest === 0 ? '' : ` ${formatDuration(rest * 1000)}`}`;
}
