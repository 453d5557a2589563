import type { Digest } from '../core/alert.ts';
import { formatInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { targetLabel } from '../core/target.ts';
import { alertCode } from './alert-code.ts';
import { type DigestLine, digestLines } from './digest-lines.ts';
import { digestTitle } from './digest-text.ts';

/** "Sending messages using incoming webhooks", api.slack.com: a message has at most 50 blocks, a section 3,000 characters. */
const MOST_LINES = 45;
const LONGEST_SECTION = 2_900;
const TARGETS_NAMED = 5;

const MARK = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' } as const;

/** A digest as Slack's incoming webhooks take it. `text` is what notifications show. */
export function slackBody(digest: Digest): object {
  const lines = digestLines(digest);
  const shown = lines.slice(0, MOST_LINES);
  const left = lines.length - shown.length + digest.omitted;
  const title = `NotAfter: ${digestTitle(digest)}`;
  const owner = digest.owner === null ? 'no owner named' : `owner ${safe(digest.owner)}`;
  const mark = digest.class === 'closed' ? ':white_check_mark:' : MARK[digest.severity];
  return {
    text: title,
    blocks: [
      section(`${mark} *${title}* (${owner})`),
      ...shown.map((line) => section(lineText(line, digest))),
      ...(left > 0 ? [section(`and ${left} more: \`notafter alerts\``)] : []),
    ],
  };
}

function lineText({ alert, targets, affects }: DigestLine, digest: Digest): string {
  const named = targets.slice(0, TARGETS_NAMED).map((target) => safe(targetLabel(target)));
  const more = targets.length > TARGETS_NAMED ? ` and ${targets.length - TARGETS_NAMED} more` : '';
  const closed = digest.class === 'closed';
  return [
    `*${named.join(', ')}${more}* ${closed ? alert.event : alert.rung}`,
    safe(alert.message, 1_000),
    ...(affects.length > 0 ? [`cuts off: ${affects.map((each) => safe(each)).join(', ')}`] : []),
    ...(alert.issuer === undefined || closed ? [] : [`issued by ${safe(alert.issuer, 200)}`]),
    ...(alert.lastSeenAt === undefined ? [] : [`last seen ${formatInstant(alert.lastSeenAt)}`]),
    ...(alert.advice === '' ? [] : [`→ ${safe(alert.advice, 600)}`]),
    `_why: notafter alerts explain ${alertCode(alert)}_`,
  ].join('\n');
}

function section(text: string): object {
  const cut = text.length <= LONGEST_SECTION ? text : `${text.slice(0, LONGEST_SECTION).toWellFormed()}…`;
  return { type: 'section', text: { type: 'mrkdwn', text: cut } };
}

/**
 * Slack reads commands between angle brackets (`<!channel>` calls everybody) and has three characters escaped
 * ("Formatting text for app surfaces"). The rest that it gives a meaning (`*`, `_`, a backtick, `@here`) is parted by
 * a character that looks like it, or does nothing in this form.
 */
function safe(text: string, limit?: number): string {
  return escapeForTerminal(text, limit)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, (mark) => LOOK_ALIKE[mark] ?? mark);
}

const LOOK_ALIKE: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': '′' };
