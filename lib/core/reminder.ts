/** When what is critical is recalled: all of it together, not each finding at an hour of its own. */

/**
 * The first instant of a common grid that lies at least half an interval after something was said. Findings that were
 * told at different times are recalled in one message from then on, one interval apart.
 *
 * @param saidAt ISO 8601 UTC.
 * @param everyMs `Infinity` for never.
 */
export function reminderAt(saidAt: string, everyMs: number): Date | null {
  const earliest = Date.parse(saidAt) + everyMs / 2;
  const at = Math.ceil(earliest / everyMs) * everyMs;
  return Number.isFinite(at) && at < LATEST ? new Date(at) : null;
}

/** Dates end there (ECMA-262 §21.4.1.1). */
const LATEST = 8.64e15;
