import type { Finding } from '../../core/finding.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { REASONS } from '../../core/reason.ts';
import { totalFailure } from '../../core/summarize.ts';
import { type EndpointTarget, targetLabel } from '../../core/target.ts';
import { sampleText } from './addresses.ts';
import type { Paint } from './color.ts';
import { earliestEnd } from './earliest-end.ts';
import { findingSentence, statusOf } from './findings.ts';
import { type Cell, tableRow } from './table.ts';
import { textWidth } from './text-width.ts';
import { remainingText } from './time.ts';

/** Draws lines for many endpoints, whose columns have to be fixed before the first result is there. */
export interface LineLayout {
  readonly widths: readonly number[];
  readonly paint: Paint;
  readonly now: () => Date;
}

const LONGEST_LABEL = 48;
const STATUS_WIDTH = 'critical'.length;
// Reason codes stand in the column of the end: they are matched on and never cut.
const END_WIDTH = Math.max(...Object.keys(REASONS).map((reason) => reason.length));

/** @param width Columns of the terminal; Infinity for a pipe. */
export function lineLayout(
  targets: readonly EndpointTarget[],
  width: number,
  view: Pick<LineLayout, 'paint' | 'now'>,
): LineLayout {
  const longest = targets.reduce((max, target) => Math.max(max, textWidth(labelOf(target))), 0);
  const label = width === Number.POSITIVE_INFINITY ? longest : Math.min(longest, LONGEST_LABEL);
  const rest = Math.max(20, width - STATUS_WIDTH - label - END_WIDTH - 6);
  return { ...view, widths: [STATUS_WIDTH, label, END_WIDTH, rest] };
}

/** `critical  api.example.com:443  in 5 d 3 h  what is wrong`, ending in a line end. */
export function probeLine(
  target: EndpointTarget,
  observation: EndpointObservation,
  findings: readonly Finding[],
  layout: LineLayout,
): string {
  const status = statusOf(findings);
  const notAfter = earliestEnd(observation);
  const failure = totalFailure(observation);
  const end = notAfter === null ? '-' : remainingText({ notBefore: null, notAfter }, layout.now());
  const [first] = findings;
  const more = findings.length > 1 ? ` (+${findings.length - 1} more)` : '';
  const message = first === undefined ? '' : `${findingSentence(first)}${more}`;
  const cells: Cell[] = [
    { text: status, tone: status },
    { text: labelOf(target) },
    { text: failure === null ? end : failure.reason, tone: status },
    { text: [message, sampleText(observation) ?? ''].filter((text) => text !== '').join('; ') },
  ];
  return `${tableRow(cells, layout.widths, layout.paint)}\n`;
}

function labelOf(target: EndpointTarget): string {
  return escapeForTerminal(targetLabel(target.id));
}
