import type { Alert, AlertEvent, Digest } from '../core/alert.ts';
import { CHECKS } from '../core/checks/index.ts';
import { formatDuration } from '../core/duration.ts';
import { formatInstant } from '../core/instant.ts';
import { type LadderColumn, type Rung, thresholdsFor } from '../core/ladder.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { escapeForTerminal } from '../core/printable.ts';
import type { Target } from '../core/target.ts';
import { alertCode } from '../notify/alert-code.ts';
import { getCertificates } from '../store/certificates.ts';
import { listDigests } from '../store/digests.ts';
import { readTarget } from '../store/read-target.ts';
import type { Table } from '../store/table.ts';
import { UserError } from './user-error.ts';

/** Why an alert was sent: what was decided, by which rule, from which facts, and what became of it. */
export interface Explanation {
  readonly code: string;
  readonly alert: Alert;
  /** The rule: what the check looks for, and where that comes from. */
  readonly rule: { readonly title: string; readonly citation: string; readonly why: string };
  /** The steps of the ladder for this certificate, where it stands on one. */
  readonly ladder: readonly { readonly rung: Rung; readonly at: string; readonly before: string }[];
  /** The message that carried it. */
  readonly digest: Pick<Digest, 'id' | 'createdAt' | 'delivered' | 'class' | 'done'>;
  /** What the ledger says of the finding now; null where it was forgotten. */
  readonly now: Pick<LedgerEntry, 'state' | 'closedAs' | 'closedAt' | 'rung' | 'episode' | 'saidAt'> | null;
}

/**
 * @param id The whole id of an alert, or at least six digits of its code.
 * @throws UserError where no message carried it.
 */
export async function explainAlert(table: Table, id: string): Promise<Explanation> {
  const isCode = /^[0-9a-f]{6,10}$/.test(id);
  let found: { readonly alert: Alert; readonly digest: Digest } | undefined;
  for await (const digest of listDigests(table)) {
    const alert = digest.alerts.find((each) => (isCode ? alertCode(each).startsWith(id) : each.id === id));
    if (alert !== undefined) found = { alert, digest };
  }
  if (found === undefined) {
    throw new UserError(
      `no message carried an alert ${escapeForTerminal(id)}: "notafter alerts --json" names the ids of those that were sent.`,
    );
  }
  const { alert, digest } = found;
  const { record, ledger } = await readTarget(table, alert.target);
  const entry = ledger.find(({ target, story, fingerprint }) =>
    alert.id.startsWith(`${target}|${story}|${fingerprint ?? '-'}|`),
  );
  const check = CHECKS.find((each) => each.id === alert.check);
  const { id: digestId, createdAt, delivered, class: kind, done } = digest;
  return {
    code: alertCode(alert),
    alert,
    rule: {
      title: check?.title ?? alert.check,
      citation: check?.citation ?? 'a rule of the monitor about itself: docs/checks.md',
      why: WHY[alert.event],
    },
    ladder: await ladderOf(table, alert, record?.target),
    digest: { id: digestId, createdAt, delivered, class: kind, done },
    now: entry === undefined ? null : stateOf(entry),
  };
}

function stateOf({ state, closedAs, closedAt, rung, episode, saidAt }: LedgerEntry): Explanation['now'] {
  return {
    state,
    rung,
    episode,
    ...(saidAt === undefined ? {} : { saidAt }),
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(closedAs === undefined ? {} : { closedAs }),
  };
}

const WHY: Readonly<Record<AlertEvent, string>> = {
  baseline: 'it was found in the first complete look at its source: one message instead of many',
  opened: 'it was found for the first time, or again after an all-clear, and nothing had been said of it',
  worsened: 'it reached a graver step than any that had been said',
  reminder: 'it is critical, nothing was said of it for a while, and nobody accepted it',
  assigned: 'it was said before to somebody else; the owner changed',
  resolved: 'two complete observations, at least an hour apart, no longer showed it',
  withdrawn: 'its target is no longer watched',
};

async function ladderOf(
  table: Table,
  { check, fingerprint, notAfter }: Alert,
  target: Target | undefined,
): Promise<Explanation['ladder']> {
  const isExpiry = check === 'expiring' || check === 'expired' || check === 'expired-in-chain';
  if (!isExpiry || fingerprint === null || notAfter === undefined) return [];
  const certificate = (await getCertificates(table, [fingerprint])).get(fingerprint);
  const end = Date.parse(notAfter);
  const begin = Date.parse(certificate?.notBefore ?? '');
  const lifetime = begin < end ? end - begin : Number.POSITIVE_INFINITY;
  const isMember = target?.kind === 'truststore' || (target?.kind === 'file' && certificate?.role !== 'leaf');
  const column: LadderColumn = isMember ? 'ca' : 'leaf';
  return thresholdsFor(column, lifetime, target?.thresholds).map(({ rung, remainingMs }) => ({
    rung,
    at: new Date(end - remainingMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    before: formatDuration(remainingMs),
  }));
}

/** The same for a person, a line an element. */
export function explanationText({ code, alert, rule, ladder, digest, now }: Explanation): readonly string[] {
  const delivered = Object.entries(digest.delivered);
  return [
    `${code}  ${alert.event} ${alert.check} (${alert.severity}, rung ${alert.rung})`,
    `  target     ${escapeForTerminal(alert.target)}`,
    `  owner      ${alert.owner === null ? 'nobody named' : escapeForTerminal(alert.owner)}`,
    `  said       ${escapeForTerminal(alert.message, 1_000)}`,
    ...(alert.fingerprint === null ? [] : [`  certificate ${alert.fingerprint}`]),
    `  decided    ${formatInstant(alert.decidedAt)}${alert.lastSeenAt === undefined ? '' : `, from what was last seen ${formatInstant(alert.lastSeenAt)}`}`,
    `  because    ${rule.why}`,
    `  rule       ${rule.title} (${rule.citation}); docs/checks.md#${alert.check}`,
    ...ladder.map(
      ({ rung, at, before }, index) =>
        `  ${index === 0 ? 'ladder    ' : '          '} ${rung.padEnd(12)} from ${formatInstant(at)}, ${before} before the end${rung === alert.rung ? '  <- this one' : ''}`,
    ),
    ...(alert.missed.length === 0
      ? []
      : [`  unsaid     ${alert.missed.join(', ')}: begun while nobody looked`]),
    `  message    ${escapeForTerminal(digest.id)} (${digest.class}), made ${formatInstant(digest.createdAt)}`,
    ...(delivered.length === 0
      ? ['  delivered  to no channel yet']
      : delivered.map(([channel, at]) => `  delivered  ${channel} ${formatInstant(at)}`)),
    `  now        ${stateText(now)}`,
  ];
}

function stateText(now: Explanation['now']): string {
  if (now === null) return 'nothing is known of the finding any more';
  if (now.state === 'open') return `open${now.rung === null ? '' : ` at ${now.rung}`}`;
  return `closed as ${now.closedAs ?? 'over'} ${now.closedAt === undefined ? '' : formatInstant(now.closedAt)}`.trim();
}
