import type { Alert, Digest } from '../core/alert.ts';

/** Alerts that say the same of the same certificate: one line that lists the targets. */
export interface DigestLine {
  readonly alert: Alert;
  /** Target ids, the alert's own first. */
  readonly targets: readonly string[];
}

/** The lines of a digest in its order: a certificate that is served at forty endpoints is one line. */
export function digestLines(digest: Digest): readonly DigestLine[] {
  const lines = new Map<string, { alert: Alert; targets: string[] }>();
  for (const alert of digest.alerts) {
    const subject = alert.fingerprint ?? alert.target;
    const key = [alert.event, alert.check, subject, alert.rung, alert.message].join('\n');
    const line = lines.get(key);
    if (line === undefined) lines.set(key, { alert, targets: [alert.target] });
    else line.targets.push(alert.target);
  }
  return [...lines.values()];
}
