/** Whether a source has stopped telling what there is: silence is not health. */

import type { Finding } from './finding.ts';
import { formatInstant } from './instant.ts';
import { describeFailure } from './reason.ts';
import type { SourceHealth } from './run.ts';

/** The pseudo-target under which the monitor keeps findings about a source. */
export function sourceTarget(source: string): string {
  return `source:${source}`;
}

/** A schedule may be skipped once without anybody being woken. */
const INTERVALS = 2;

/**
 * A finding when a source has not succeeded for two intervals; null while it does, or is too young to tell.
 *
 * @param intervalMs How often it is asked.
 */
export function sourceFailing(health: SourceHealth, intervalMs: number, now: Date): Finding | null {
  const { source, lastSuccessAt, firstFailureAt, failure } = health;
  const since = lastSuccessAt ?? firstFailureAt;
  if (since === undefined || now.getTime() - Date.parse(since) < INTERVALS * intervalMs) return null;
  const last = lastSuccessAt === undefined ? 'never' : formatInstant(lastSuccessAt);
  const why = failure === undefined ? 'it was not heard of' : describeFailure(failure);
  return {
    check: 'source-failing',
    story: 'source-failing',
    target: sourceTarget(source),
    fingerprint: null,
    severity: 'critical',
    rung: 'critical',
    message: `the source ${source} has not been read completely for two rounds: ${why} (last success: ${last})`,
    advice:
      'See "notafter status" for what to grant or mend. Nothing that it listed is taken for gone meanwhile.',
  };
}
