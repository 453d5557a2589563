import type { Paint, Tone } from './color.ts';
import { fitTo, padTo, textWidth } from './text-width.ts';

/** One field of a row: text that is already escaped, and what it is. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

const GAP = '  ';

/**
 * The widths at which rows fit into a terminal: the widest cell of each column, and where that is too much in total,
 * columns give way from the last to the first, none below `MINIMUM` columns.
 *
 * @param width Columns of the terminal; Infinity for a pipe, where nothing is ever cut.
 */
function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, text] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(text));
    }
  }
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width;
  for (let index = widths.length - 1; index >= 0 && excess > 0; index -= 1) {
    const current = widths[index] ?? 0;
    const shrunk = Math.min(current, Math.max(MINIMUM, current - excess));
    widths[index] = shrunk;
    excess -= current - shrunk;
  }
  return widths;
}

const MINIMUM = 12;

/** One line of a table, without the line end. The last column is not padded. */
export function tableRow(cells: readonly Cell[], widths: readonly number[], paint: Paint): string {
  return cells
    .map(({ text, tone }, index) => {
      const width = widths[index] ?? Number.POSITIVE_INFINITY;
      const fitted = width === Number.POSITIVE_INFINITY ? text : fitTo(text, width);
      const padding = index === cells.length - 1 ? '' : padTo(fitted, width).slice(fitted.length);
      return (tone === undefined ? fitted : paint(tone, fitted)) + padding;
    })
    .join(GAP)
    .trimEnd();
}

/** A whole table with its header, one line per row, ending in a line end. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  layout: { readonly width: number; readonly paint: Paint },
): string {
  const texts = rows.map((row) => row.map((cell) => cell.text));
  const widths = columnWidths([header, ...texts], layout.width);
  const head = header.map((text): Cell => ({ text, tone: 'faint' }));
  return [head, ...rows].map((row) => `${tableRow(row, widths, layout.paint)}\n`).join('');
}
