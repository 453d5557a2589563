/** How much a finding matters, in rising order. `info` never asks anybody to act. */
export type Severity = 'info' | 'warning' | 'critical';

const ORDER: readonly Severity[] = ['info', 'warning', 'critical'];

/** Position in rising order, for sorting and comparing: 0 for `info`. */
export function severityRank(severity: Severity): number {
  return ORDER.indexOf(severity);
}

/** The most severe of the given ones, or undefined for none. */
export function worstSeverity(severities: Iterable<Severity>): Severity | undefined {
  let worst: Severity | undefined;
  for (const severity of severities) {
    if (worst === undefined || severityRank(severity) > severityRank(worst)) worst = severity;
  }
  return worst;
}
