import type { Digest } from '../core/alert.ts';
import { formatInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { targetLabel } from '../core/target.ts';
import { type DigestLine, digestLines } from './digest-lines.ts';

const TARGETS_NAMED = 5;

/** A sentence may quote several names, each of which a certificate chose. */
const SENTENCE_LIMIT = 1_000;

/** What a digest is about, in our own words only: nothing from outside gets into a subject line. */
export function digestTitle(digest: Digest): string {
  const count = digest.alerts.length + digest.omitted;
  const findings = count === 1 ? '1 finding' : `${count} findings`;
  if (digest.class === 'baseline') return `First look: ${findings}`;
  if (digest.class === 'closed') return count === 1 ? '1 finding closed' : `${count} findings closed`;
  return `${digest.severity.toUpperCase()}: ${findings}`;
}

/** The digest as plain text, a line an element, safe to print. */
export function digestText(digest: Digest): readonly string[] {
  const owner = digest.owner === null ? 'no owner named' : `owner ${escapeForTerminal(digest.owner)}`;
  return [
    `${digestTitle(digest)} (${owner})`,
    ...digestLines(digest).flatMap((line) => lineText(line, digest)),
    ...(digest.omitted === 0 ? [] : [`  and ${digest.omitted} more: notafter list`]),
  ];
}

function lineText({ alert, targets }: DigestLine, digest: Digest): string[] {
  const mark =
    digest.class === 'closed' ? alert.event : alert.rung === 'expired' ? 'expired' : alert.severity;
  const named = targets.slice(0, TARGETS_NAMED).map((target) => escapeForTerminal(targetLabel(target)));
  const more = targets.length > TARGETS_NAMED ? ` and ${targets.length - TARGETS_NAMED} more` : '';
  const lines = [
    `  ${mark.padEnd(9)} ${named.join(', ')}${more}`,
    `            ${escapeForTerminal(alert.message, SENTENCE_LIMIT)}`,
  ];
  if (alert.missed.length > 0) lines.push(`            unsaid until now: ${alert.missed.join(', ')}`);
  if (alert.lastSeenAt !== undefined) lines.push(`            last seen ${formatInstant(alert.lastSeenAt)}`);
  if (alert.advice !== '') lines.push(`            → ${alert.advice}`);
  return lines;
}
