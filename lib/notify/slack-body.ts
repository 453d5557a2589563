import type { Digest } from '../core/alert.ts';
import { formatInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { targetLabel } from '../core/target.ts';
import { alertCode } from './alert-code.ts';
import { type DigestLine, digestLines } from './digest-lines.ts';
import { digestTitle } from './digest-text.ts';

/** A message has at most 50 blocks (docs.slack.dev, "Blocks"). */
const MOST_LINES = 45;

/** As JSON. Beyond some 11,000 to 13,000 characters in all blocks Slack refuses a message, which no page says (slackapi/bolt-js#2509, #2867). */
const LONGEST_BLOCKS = 10_500;

/** A section has at most 3,000 characters (docs.slack.dev, "Text object"), escapes included: these come to less. */
const LONGEST = { targets: 700, message: 900, affects: 500, issuer: 200, advice: 450 } as const;

const TARGETS_NAMED = 5;

const MARK = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' } as const;

/** A digest as Slack's incoming webhooks take it. `text` is what notifications show. */
export function slackBody(digest: Digest): object {
  const lines = digestLines(digest);
  const title = `NotAfter: ${digestTitle(digest)}`;
  const owner = digest.owner === null ? 'no owner named' : `owner ${safe(digest.owner)}`;
  const mark = digest.class === 'closed' ? ':white_check_mark:' : MARK[digest.severity];
  const head = section(`${mark} *${title}* (${owner})`);
  const shown = fitting(
    lines.slice(0, MOST_LINES).map((line) => section(lineText(line, digest))),
    LONGEST_BLOCKS - JSON.stringify(head).length,
  );
  const left = lines.length - shown.length + digest.omitted;
  return {
    text: title,
    blocks: [head, ...shown, ...(left > 0 ? [section(`and ${left} more: \`notafter alerts\``)] : [])],
    // An address in a certificate is nothing for Slack to fetch and show.
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** As many from the first on as there is room for. */
function fitting(blocks: readonly object[], room: number): readonly object[] {
  let used = 0;
  return blocks.filter((block) => {
    used += JSON.stringify(block).length;
    return used <= room;
  });
}

function lineText({ alert, targets, affects }: DigestLine, digest: Digest): string {
  const named = cut(
    targets
      .slice(0, TARGETS_NAMED)
      .map((target) => safe(targetLabel(target)))
      .join(', '),
    LONGEST.targets,
  );
  const more = targets.length > TARGETS_NAMED ? ` and ${targets.length - TARGETS_NAMED} more` : '';
  const closed = digest.class === 'closed';
  return [
    `*${named}${more}* ${closed ? alert.event : alert.rung}`,
    safe(alert.message, LONGEST.message),
    ...(alert.event === 'assigned' ? ['not new: it is yours from now on'] : []),
    ...(affects.length > 0
      ? [`cuts off: ${cut(affects.map((each) => safe(each)).join(', '), LONGEST.affects)}`]
      : []),
    ...(alert.issuer === undefined || closed ? [] : [`issued by ${safe(alert.issuer, LONGEST.issuer)}`]),
    ...(alert.lastSeenAt === undefined ? [] : [`last seen ${formatInstant(alert.lastSeenAt)}`]),
    ...(alert.advice === '' ? [] : [`→ ${safe(alert.advice, LONGEST.advice)}`]),
    `_why: notafter alerts explain ${alertCode(alert)}_`,
  ].join('\n');
}

/**
 * `verbatim`: by default Slack makes links and mentions of plain text, too (docs.slack.dev, "Text object").
 */
function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

/**
 * Slack reads commands between angle brackets (`<!channel>` calls everybody) and has three characters escaped
 * (docs.slack.dev, "Formatting message text"). Whatever else has a meaning there becomes a character that looks like it: the
 * marks of its formatting, and the `@` of `@here`, which others that take this form obey in plain text.
 */
function safe(text: string, limit = 256): string {
  const escaped = escapeForTerminal(text, limit)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]|@(?=\p{L})/gu, (mark) => LOOK_ALIKE[mark] ?? mark);
  return cut(escaped, limit);
}

const LOOK_ALIKE: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': '′', '@': '＠' };

/** Escapes make a text longer. Neither half of one nor half of a character is left at the end. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  return `${kept.replace(/(?:&[a-z]*|[\ud800-\udbff])$/, '')}…`;
}
