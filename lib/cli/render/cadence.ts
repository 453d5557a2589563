import type { TargetState } from '../../core/state.ts';
import type { Target } from '../../core/target.ts';
import { durationText } from './duration-text.ts';

/** How often a target is looked at: `1d`, `2h (fixed)`; undefined where that is not known before the first look. */
export function cadenceText(target: Target, state: TargetState | undefined): string | undefined {
  return target.everyMs === undefined ? state?.cadence : `${durationText(target.everyMs)} (fixed)`;
}
