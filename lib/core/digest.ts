/** Many alerts, few messages: one per owner and severity, the first collection and all-clears apart. */
import type { Alert, Digest, DigestClass } from './alert.ts';
import { CANARY_TARGET } from './canary.ts';
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
      .sort(
        (a, b) =>
          // An all-clear is the last word: what it calls off may leave with it.
          Number(a.class === 'closed') - Number(b.class === 'closed') ||
          severityRank(b.severity) - severityRank(a.severity) ||
          compare(a.id, b.id),
      )
      // By id they are listed in the order in which they were sent.
      .map((digest, index) => ({ ...digest, id: `${runId}/${String(index).padStart(4, '0')}/${digest.id}` }))
  );
}

/** What leaves together. A first look, what is recalled and all-clears are one message whatever the severity. */
function groupKey(alert: Alert): string {
  const kind = classOf(alert);
  return `${alert.owner ?? '-'}/${kind === 'news' ? alert.severity : kind}`;
}

/** Which kind of message an alert belongs into. */
export function classOf(alert: Alert): DigestClass {
  if (alert.target === CANARY_TARGET) return 'canary';
  switch (alert.event) {
    case 'baseline':
    case 'reminder':
      return alert.event;
    case 'resolved':
    case 'withdrawn':
      return 'closed';
    default:
      return 'news';
  }
}

/**
 * A first look, or what is recalled, names the most urgent and counts the rest; news is said in full, in as many
 * messages as it takes.
 */
function toDigests(key: string, group: readonly Alert[], now: Date): Digest[] {
  const [first] = group as readonly [Alert, ...Alert[]];
  const kind = classOf(first);
  const mayOmit = omits(kind);
  const ordered = kind === 'baseline' ? livingFirst(group, now) : group;
  const parts: Digest[] = [];
  for (let start = 0; start < ordered.length; start += MAX_ALERTS) {
    const alerts = ordered.slice(start, start + MAX_ALERTS);
    parts.push({
      id: `${key}/${String(parts.length).padStart(3, '0')}`,
      createdAt: toInstant(now),
      owner: first.owner,
      severity: worstSeverity(alerts.map((alert) => alert.severity)) ?? 'info',
      class: kind,
      alerts,
      omitted: mayOmit ? ordered.length - alerts.length : 0,
      channels: [],
      delivered: {},
      done: false,
    });
    if (mayOmit) break;
  }
  return parts;
}

/** Whether a long message of this kind leaves out the least urgent, and says how many. */
export function omits(kind: DigestClass): boolean {
  return kind === 'baseline' || kind === 'reminder';
}

const LONG_DEAD_MS = 30 * 86_400_000;

/** On a first look, what has been dead for a month is no news to anybody who uses it: what can be saved comes before it. */
function livingFirst(alerts: readonly Alert[], now: Date): readonly Alert[] {
  const isLongDead = ({ rung, notAfter }: Alert) =>
    rung === 'expired' && notAfter !== undefined && Date.parse(notAfter) < now.getTime() - LONG_DEAD_MS;
  return [...alerts.filter((alert) => !isLongDead(alert)), ...alerts.filter(isLongDead)];
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

/**
 * Which alerts leave now: those whose time has come, what would be in the same message anyway, and what was decided
 * before about the same findings.
 *
 * @param alerts Those of one finding in the order in which they were decided.
 * @param context.isComplete Whether the first look at a source is over.
 * @param context.wasSaid Whether the same was said before, of another target: then there is no hurry.
 */
export function leaving(
  alerts: readonly Alert[],
  now: Date,
  context: {
    readonly isComplete: (source: string) => boolean;
    readonly wasSaid: (alert: Alert) => boolean;
  },
): readonly Alert[] {
  const isDue = (alert: Alert) => {
    if (alert.event === 'baseline' && alert.source !== undefined && context.isComplete(alert.source))
      return true;
    if (alert.target === CANARY_TARGET) return true;
    // What an older version decided names no time: it has waited long enough.
    return !(Date.parse(context.wasSaid(alert) ? alert.latestBy : alert.leaveBy) > now.getTime());
  };
  const due = new Set(alerts.filter(isDue).map(groupKey));
  const last = new Map<string, number>();
  for (const [index, alert] of alerts.entries())
    if (due.has(groupKey(alert))) last.set(threadOf(alert), index);
  // Nothing about a finding is overtaken by what was decided later.
  return alerts.filter((alert, index) => index <= (last.get(threadOf(alert)) ?? -1));
}

/** What tells findings apart, as far as an alert knows: the end of a certificate is one thread, whichever check speaks. */
function threadOf({ target, check, fingerprint }: Alert): string {
  const story = check === 'expired' || check === 'expired-in-chain' ? 'expiring' : check;
  return `${target}\n${story}\n${fingerprint ?? '-'}`;
}
