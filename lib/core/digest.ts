/** Many alerts, few messages: one per owner and severity, the first collection and all-clears apart. */
import type { Alert, Digest } from './alert.ts';
import { toInstant } from './instant.ts';
import { rungRank } from './ladder.ts';
import { severityRank, worstSeverity } from './severity.ts';

/** A message of more lines is read by nobody, and an item of the table holds 400 KB. The rest is counted. */
export const MAX_ALERTS = 250;

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
      .map(([key, group]) => toDigest(key, group, now))
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

function toDigest(id: string, group: readonly Alert[], now: Date): Digest {
  const [first] = group as readonly [Alert, ...Alert[]];
  return {
    id,
    createdAt: toInstant(now),
    owner: first.owner,
    severity: worstSeverity(group.map((alert) => alert.severity)) ?? 'info',
    class: classOf(first),
    alerts: group.toSorted(byUrgency).slice(0, MAX_ALERTS),
    omitted: Math.max(0, group.length - MAX_ALERTS),
    delivered: {},
    done: false,
  };
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
