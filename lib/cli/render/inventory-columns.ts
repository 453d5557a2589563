/** Which columns of the inventory fit into a terminal, and how wide the two may be that names from outside fill. */
import { fitTo, textWidth } from './text-width.ts';

const COLUMNS = ['status', 'ends', 'notAfter', 'target', 'certificate', 'owner', 'findings'] as const;

export type Column = (typeof COLUMNS)[number];

/** One row as text that is already escaped. */
export type RowText = Readonly<Record<Column, string>>;

export interface Fit {
  readonly columns: readonly Column[];
  /** Columns for the target and for the certificate. Infinity: as wide as they are. */
  readonly target: number;
  readonly certificate: number;
}

const GAP = 2;

/** Below this a name says nothing any more. */
const NAME_MINIMUM = 12;

/** A host with its port should stay whole, but one endless name must not push everything else out. */
const HOST_MAXIMUM = 40;
const HOST_MINIMUM = 20;

/** What a narrow terminal does without, in this order: it can be asked for, or stands elsewhere in the row. */
const DISPENSABLE: readonly Column[] = ['owner', 'notAfter', 'certificate'];

/**
 * @param rows With the header.
 * @param isPath Whether a target is a path: those may be cut, because their end says which file it is.
 * @param width Infinity for a pipe, where nothing is ever cut.
 */
export function fitColumns(rows: readonly RowText[], isPath: (row: RowText) => boolean, width: number): Fit {
  const widest = (column: Column, of: readonly RowText[] = rows) =>
    of.reduce((most, row) => Math.max(most, textWidth(row[column])), 0);
  const hosts = rows.filter((row) => !isPath(row));
  const wanted = Math.min(HOST_MAXIMUM, Math.max(HOST_MINIMUM, widest('target', hosts)), widest('target'));
  for (let without = 0; ; without += 1) {
    const columns = COLUMNS.filter((column) => !DISPENSABLE.slice(0, without).includes(column));
    const fixed = columns.filter((column) => column !== 'target' && column !== 'certificate');
    const room = width - fixed.reduce((sum, column) => sum + widest(column), 0) - GAP * (columns.length - 1);
    const named = columns.includes('certificate');
    const least = wanted + (named ? NAME_MINIMUM : 0);
    if (room < least && without < DISPENSABLE.length) continue;
    const certificate = named ? Math.min(widest('certificate'), room - wanted) : 0;
    return { columns, target: Math.max(NAME_MINIMUM, room - certificate), certificate };
  }
}

/** A path cut to at most so many columns, with an ellipsis in place of its beginning. */
export function fitPath(path: string, width: number): string {
  if (textWidth(path) <= width) return path;
  const backwards = [...path].reverse().join('');
  return [...fitTo(backwards, width)].reverse().join('');
}
