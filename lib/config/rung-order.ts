import { formatDuration } from '../core/duration.ts';
import {
  type LadderColumn,
  type MovableRung,
  type ThresholdOverrides,
  thresholdsFor,
} from '../core/ladder.ts';

const DAY = 86_400_000;

/** The lifetimes that rungs have to be in order for: usual ones, with the ceilings of the ladder within reach. */
const LIFETIMES: Readonly<Record<LadderColumn, readonly number[]>> = {
  leaf: [398 * DAY, 200 * DAY, 90 * DAY],
  ca: [3_650 * DAY, 1_825 * DAY, 7_300 * DAY],
};

/** Two rungs in the wrong order. */
export interface RungInversion {
  /** The one of the two that was moved by `own`, where the fault is to be shown. */
  readonly rung: MovableRung;
  readonly message: string;
}

/**
 * Whether rungs that were moved stand in the wrong order, the defaults of the others included. For lifetimes shorter
 * than the usual ones that is no fault: a fixed number of days is more than their whole ladder, and there a milder
 * rung begins together with the graver one.
 *
 * @param own The rungs that are set at this place of the file; what only others set is reported there.
 * @param overrides All rungs in effect here.
 */
export function findInversion(
  column: LadderColumn,
  own: ThresholdOverrides,
  overrides: ThresholdOverrides,
): RungInversion | undefined {
  for (const lifetime of LIFETIMES[column]) {
    const starts = startsOf(column, overrides, lifetime);
    for (const [index, milder] of starts.entries()) {
      for (const graver of starts.slice(index + 1)) {
        if (milder.start >= graver.start) continue;
        const moved = [graver, milder].find(({ rung }) => own[column]?.[rung] !== undefined);
        if (moved === undefined) continue;
        const message =
          `for a lifetime of ${formatDuration(lifetime)}, ${graver.rung} would begin ${formatDuration(graver.start)} ` +
          `before the end and ${milder.rung} only ${formatDuration(milder.start)}; ` +
          `wanted ${milder.rung} before ${graver.rung}, move one of the two`;
        return { rung: moved.rung, message };
      }
    }
  }
  return undefined;
}

/** Least severe first, and as they were set: not yet put in order. */
function startsOf(column: LadderColumn, overrides: ThresholdOverrides, lifetime: number) {
  return thresholdsFor(column, lifetime).map(({ rung, remainingMs }) => {
    const moved = overrides[column]?.[rung];
    if (moved === undefined) return { rung, start: remainingMs };
    return { rung, start: 'ms' in moved ? moved.ms : moved.share * lifetime };
  });
}
