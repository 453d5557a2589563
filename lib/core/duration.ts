import type { Threshold } from './ladder.ts';
import { quoted, type Rejected } from './rejected.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = {
  w: 7 * DAY,
  d: DAY,
  h: HOUR,
  m: MINUTE,
  min: MINUTE,
  s: SECOND,
};

/** Longer than any certificate worth watching; keeps sums far from the limits of numbers and dates. */
const LONGEST = 36_500 * DAY;

/** `30d`, `36h`, `90m`, `45s`, `2w` or several in falling order (`1d12h`) as milliseconds. */
export function parseDuration(text: string): number | Rejected {
  return measure(text, 'a duration', 'wanted one such as 30d, 36h, 90m or 1d12h');
}

/** When a rung begins: a duration (`30d`, `36h`) or a share of the lifetime (`20%`), neither of them nothing. */
export function parseThreshold(text: string): Threshold | Rejected {
  const wanted = 'wanted days, hours or a percentage of the lifetime, such as 30d, 36h or 20%';
  const percent = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text.trim())?.[1];
  if (percent !== undefined) {
    const share = Number(percent) / 100;
    return share > 0 && share < 1
      ? { share }
      : { error: `${quoted(text)} is not between 0% and 100%; ${wanted}` };
  }
  const ms = measure(text, 'a threshold', wanted);
  if (typeof ms !== 'number') return ms;
  return ms > 0 ? { ms } : { error: `${quoted(text)} is no time at all; ${wanted}` };
}

function measure(text: string, what: string, wanted: string): number | Rejected {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return { error: `${quoted(text)} has no unit; ${wanted}` };
  if (/^\d+[.,]\d/.test(trimmed)) return { error: `${quoted(text)} is not in whole numbers; ${wanted}` };
  if (!/^(?:\d{1,9} ?[a-z]{1,9}(?: |$|(?=\d))){1,6}$/.test(trimmed)) {
    return { error: `${quoted(text)} is not ${what}; ${wanted}` };
  }
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, count = '', unit = ''] of trimmed.matchAll(/(\d+) ?([a-z]+)/g)) {
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return { error: `${quoted(text)} has the unknown unit "${unit}"; ${wanted}` };
    if (size >= previous) return { error: `${quoted(text)} has its units out of order; ${wanted}` };
    previous = size;
    total += Number(count) * size;
  }
  if (total > LONGEST) return { error: `${quoted(text)} is longer than 36500d (100 years); ${wanted}` };
  return total;
}

/**
 * Milliseconds for people, in units that matter at that distance, never saying more than there is: `400 d`, `12 d 4 h`,
 * `49 h` below three days, `125 min` below three hours, `90 s` below three minutes; `-5 h` for what is over.
 */
export function formatDuration(ms: number): string {
  const length = Math.abs(ms);
  const sign = ms < 0 && length >= SECOND ? '-' : '';
  if (length < 3 * MINUTE) return `${sign}${Math.floor(length / SECOND)} s`;
  if (length < 3 * HOUR) return `${sign}${Math.floor(length / MINUTE)} min`;
  if (length < 3 * DAY) return `${sign}${Math.floor(length / HOUR)} h`;
  const days = Math.floor(length / DAY);
  const hours = Math.floor((length % DAY) / HOUR);
  // Hours beside a hundred days are noise.
  return `${sign}${days} d${hours === 0 || days >= 100 ? '' : ` ${hours} h`}`;
}
