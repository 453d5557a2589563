import type { Renewal } from '../core/simulate.ts';

/** The renewals of one week. */
export interface Week {
  /** The Monday it begins with (UTC), `2026-11-23`. */
  readonly from: string;
  readonly renewals: number;
  /** Of these: certificates that renew themselves. */
  readonly managed: number;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1 January 1970 was a Thursday. */
const FIRST_MONDAY = 4 * DAY;

/** Every week of a span, the empty ones included. A certificate at many targets is renewed once. */
export function renewalsPerWeek(renewals: readonly Renewal[], from: Date, until: Date): readonly Week[] {
  const counts = new Map<number, { renewals: number; managed: number }>();
  const first = monday(from);
  for (let start = first; start <= until.getTime(); start += WEEK)
    counts.set(start, { renewals: 0, managed: 0 });
  const seen = new Set<string>();
  for (const { fingerprint, at, isManaged } of renewals) {
    const week = counts.get(monday(at));
    if (week === undefined || seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    week.renewals += 1;
    if (isManaged) week.managed += 1;
  }
  return [...counts].map(([start, week]) => ({ from: new Date(start).toISOString().slice(0, 10), ...week }));
}

function monday(at: Date): number {
  return Math.floor((at.getTime() - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
}
