/** Many alerts, few messages: one per owner and severity, the first collection and all-clears apart. */
import type { Alert, Digest } from './alert.ts';
import { toInstant } from './instant.ts';
import { rungRank } from './ladder.ts';
import { severityRank, worstSeverity } from './severity.ts';

/** A longer message is read by nobody, and an item of the table holds 400 KB. */
export const MAX_ALERTS = 100;

/**
 * Groups alerts into digests that are ready to be stored, most severe first.
 *
 * @param runId Unique per run: it makes the digests' ids unique.
 */
export function digestsOf(alerts: readonly Alert[], runId: string, now: Date): readonly Digest[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const group = groups.get(groupKey(alert));
    if (group === undefined) groups.set(groupKey(alert), [alert]);
    else group.push(alert);
  }
  return (
    [...groups]
      .flatMap(([key, group]) => toDigests(key, group.toSorted(byUrgency), now))
      .sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || compare(a.id, b.id))
      // By id they are listed in the order in which they were sent.
      .map((digest, index) => ({ ...digest, id: `${runId}/${String(index).padStart(4, '0')}/${digest.id}` }))
  );
}

function groupKey(alert: Alert): string {
  const kind = classOf(alert);
  return `${alert.owner ?? '-'}/${kind === 'news' ? alert.severity : kind}`;
}

function classOf(alert: Alert): Digest['class'] {
  if (alert.event === 'baseline') return 'baseline';
  return alert.event === 'resolved' || alert.event === 'withdrawn' ? 'closed' : 'news';
}

/** A first look names the most urgent and counts the rest; news is said in full, in as many messages as it takes. */
function toDigests(key: string, group: readonly Alert[], now: Date): Digest[] {
  const [first] = group as readonly [Alert, ...Alert[]];
  const kind = classOf(first);
  const parts: Digest[] = [];
  for (let start = 0; start < group.length; start += MAX_ALERTS) {
    const alerts = group.slice(start, start + MAX_ALERTS);
    parts.push({
      id: `${key}/${String(parts.length).padStart(3, '0')}`,
      createdAt: toInstant(now),
      owner: first.owner,
      severity: worstSeverity(alerts.map((alert) => alert.severity)) ?? 'info',
      class: kind,
      alerts,
      omitted: kind === 'baseline' ? group.length - alerts.length : 0,
      channels: [],
      delivered: {},
      done: false,
    });
    if (kind === 'baseline') break;
  }
  return parts;
}

function byUrgency(a: Alert, b: Alert): number {
  return (
    severityRank(b.severity) - severityRank(a.severity) ||
    rungRank(b.rung) - rungRank(a.rung) ||
    compare(a.notAfter ?? '~', b.notAfter ?? '~') ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
