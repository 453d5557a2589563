import type { Alert, Digest } from '../core/alert.ts';
import { formatInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import type { Severity } from '../core/severity.ts';
import { shellCommand } from '../core/shell-command.ts';
import { targetLabel } from '../core/target.ts';
import { alertCode } from './alert-code.ts';
import { type DigestLine, digestLines } from './digest-lines.ts';
import { wrap } from './wrap.ts';

/** How a digest is laid out where a person reads it. */
export interface DigestLayout {
  /** Columns; sentences are broken at spaces to fit. Infinity breaks nothing. */
  readonly width: number;
  /** Colours text by what it stands for; `ok` is what was closed. */
  readonly paint: (tone: Severity | 'ok', text: string) => string;
  /** Commands of NotAfter for each finding, and the options that they need to find the inventory; none where absent. */
  readonly commands?: { readonly options: string };
}

const PLAIN: DigestLayout = { width: Number.POSITIVE_INFINITY, paint: (_tone, text) => text };

const TARGETS_NAMED = 5;

/** A sentence may quote several names, each of which a certificate chose. */
const SENTENCE_LIMIT = 1_000;

/** What a digest is about, in our own words only: nothing from outside gets into a subject line. */
export function digestTitle(digest: Digest): string {
  const count = digest.alerts.length + digest.omitted;
  const findings = count === 1 ? '1 finding' : `${count} findings`;
  if (digest.class === 'baseline') return `First look: ${findings}`;
  if (digest.class === 'reminder')
    return `Reminder, ${digest.severity.toUpperCase()}: ${findings} still open`;
  if (digest.class === 'canary') return 'canary';
  if (digest.class === 'closed') return `${closedTitle(digest)}: ${findings}`;
  return `${digest.severity.toUpperCase()}: ${findings}`;
}

function closedTitle({ alerts }: Digest): string {
  if (alerts.every(({ event }) => event === 'resolved')) return 'Resolved';
  return alerts.every(({ event }) => event === 'withdrawn') ? 'No longer watched' : 'Closed';
}

/** The digest as text, a line an element, safe to print. */
export function digestText(digest: Digest, layout: DigestLayout = PLAIN): readonly string[] {
  const owner = digest.owner === null ? 'no owner named' : `owner ${escapeForTerminal(digest.owner)}`;
  const tone = digest.class === 'closed' ? 'ok' : digest.severity;
  return [
    layout.paint(tone, `${digestTitle(digest)} (${owner})`),
    ...digestLines(digest).flatMap((line) => lineText(line, digest, layout)),
    ...(digest.omitted === 0 ? [] : [`  and ${digest.omitted} more: notafter list`]),
  ];
}

/** Where sentences begin: after the mark. */
const INDENT = ' '.repeat(12);

function lineText(
  { alert, targets, affects }: DigestLine,
  digest: Digest,
  { width, paint, commands }: DigestLayout,
): string[] {
  const closed = digest.class === 'closed';
  const mark = closed ? alert.event : alert.rung === 'expired' ? 'expired' : alert.severity;
  const named = targets.slice(0, TARGETS_NAMED).map((target) => escapeForTerminal(targetLabel(target)));
  const more = targets.length > TARGETS_NAMED ? ` and ${targets.length - TARGETS_NAMED} more` : '';
  const sentences = (text: string, hanging = '') =>
    wrap(text, width - INDENT.length - hanging.length).map(
      (line, index) => `${INDENT}${index === 0 ? '' : hanging}${line}`,
    );
  const lines = [
    `  ${paint(closed ? 'ok' : alert.severity, mark)}${' '.repeat(Math.max(0, 9 - mark.length))} ${named.join(', ')}${more}`,
    ...sentences(escapeForTerminal(alert.message, SENTENCE_LIMIT)),
  ];
  if (alert.event === 'assigned') lines.push(`${INDENT}not new: it is yours from now on`);
  if (affects.length > 0) lines.push(...sentences(`cuts off: ${affected(affects)}`, '  '));
  if (alert.issuer !== undefined && !closed)
    lines.push(...sentences(`issued by ${escapeForTerminal(alert.issuer, 200)}`, '  '));
  if (alert.missed.length > 0) lines.push(...sentences(`unsaid until now: ${alert.missed.join(', ')}`));
  if (alert.lastSeenAt !== undefined) lines.push(`${INDENT}last seen ${formatInstant(alert.lastSeenAt)}`);
  if (alert.advice !== '')
    lines.push(...sentences(`→ ${escapeForTerminal(alert.advice, SENTENCE_LIMIT)}`, '  '));
  // Whole, however wide: it is there to be copied.
  if (alert.command !== undefined && !closed)
    lines.push(`${INDENT}$ ${escapeForTerminal(alert.command, SENTENCE_LIMIT)}`);
  if (commands !== undefined) lines.push(...commandsFor(alert, closed, commands.options));
  return lines;
}

/** How to ask why, and how to have silence. */
function commandsFor(alert: Alert, closed: boolean, options: string): readonly string[] {
  const why = `${INDENT}why: notafter alerts explain ${alertCode(alert)}${options}`;
  // By its certificate where it is about one: what comes in its place is another matter.
  const { fingerprint } = alert;
  const what =
    fingerprint !== null && /^[0-9a-f]{64}$/.test(fingerprint)
      ? ['--fingerprint', fingerprint.slice(0, 16)]
      : ['--check', alert.check];
  const words = ['notafter', 'ack', alert.target, ...what, '--for', '7d', '--reason', 'known'];
  const silence = closed ? undefined : shellCommand(words);
  return silence === undefined ? [why] : [why, `${INDENT}silence: ${silence}${options}`];
}

const AFFECTED_NAMED = 12;

function affected(names: readonly string[]): string {
  const named = names.slice(0, AFFECTED_NAMED).map((name) => escapeForTerminal(name));
  const more = names.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
