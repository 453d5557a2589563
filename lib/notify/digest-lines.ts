import type { Alert, Digest } from '../core/alert.ts';
import { MAX_AFFECTED } from '../core/finding.ts';

/** Alerts that say the same of the same certificate: one line that lists the targets. */
export interface DigestLine {
  readonly alert: Alert;
  /** Target ids, the alert's own first. */
  readonly targets: readonly string[];
  /** What stops working at any of them (`Finding.affects`), at most `MAX_AFFECTED`. */
  readonly affects: readonly string[];
}

/**
 * The lines of a digest in its order: a certificate that is served at forty endpoints, or a CA in the truststores of two
 * regions, is one line.
 */
export function digestLines(digest: Digest): readonly DigestLine[] {
  const lines = new Map<string, { alert: Alert; targets: string[]; affects: Set<string> }>();
  for (const alert of digest.alerts) {
    const key = lineKey(alert);
    const line = lines.get(key) ?? { alert, targets: [], affects: new Set() };
    lines.set(key, line);
    line.targets.push(alert.target);
    for (const each of alert.affects ?? []) line.affects.add(each);
  }
  return [...lines.values()].map((line) => ({ ...line, affects: [...line.affects].slice(0, MAX_AFFECTED) }));
}

/**
 * The end of a certificate is the same everywhere, though the words differ by the minute in which they were found. What
 * another check says of it may differ from target to target.
 */
function lineKey({ event, check, fingerprint, target, rung, message, lastSeenAt }: Alert): string {
  const isExpiry = check === 'expiring' || check === 'expired' || check === 'expired-in-chain';
  const closing = event === 'resolved' || event === 'withdrawn';
  // Neither the time that is left nor what goes before it tells two ends apart; where it is served does.
  const words = isExpiry && !closing ? message.replace(/ (?:expires in|expired) [^,]*, on /, ' ') : message;
  return [event, check, fingerprint ?? target, rung, words, lastSeenAt ?? ''].join('\n');
}
