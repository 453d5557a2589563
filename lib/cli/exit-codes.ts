import type { Finding } from '../core/finding.ts';
import { worstSeverity } from '../core/severity.ts';

/**
 * The codes that monitoring plugins use. A contract: scripts depend on them.
 * `ok`: nothing at warning or above; `warning`, `critical`: the worst that was found; `unknown`: something could not be
 * observed, the command line or the configuration is wrong, or NotAfter itself failed.
 */
export const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

// As in the monitoring plugins' max_state_alt(): what is known to be wrong outranks what is not known.
const RISING: readonly ExitCode[] = [EXIT.ok, EXIT.unknown, EXIT.warning, EXIT.critical];

/** The code that speaks for both: critical before warning before unknown before ok. */
export function worseExit(a: ExitCode, b: ExitCode): ExitCode {
  return RISING.indexOf(a) >= RISING.indexOf(b) ? a : b;
}

/** The code that findings ask for. Not having been able to look is `unknown`, whatever severity it was given. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const unobserved = findings.some((finding) => isUnobserved(finding) && finding.severity !== 'info');
  const worst = worstSeverity(
    findings.filter((finding) => !isUnobserved(finding)).map((finding) => finding.severity),
  );
  if (worst === 'critical') return EXIT.critical;
  if (worst === 'warning') return EXIT.warning;
  return unobserved ? EXIT.unknown : EXIT.ok;
}

/** Whether a finding says that nothing could be seen, and so nothing about a certificate. */
export function isUnobserved(finding: Pick<Finding, 'check'>): boolean {
  return finding.check === 'could-not-observe' || finding.check === 'monitor-impaired';
}
