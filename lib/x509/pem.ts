import type { PemBlock } from './pem-block.ts';
import { OpenBlock } from './pem-block.ts';
import type { Line } from './text-lines.ts';
import { linesOf } from './text-lines.ts';

/** What opens and closes a block. The length of the label is bounded, so that the search stays linear. */
const BOUNDARY = /-----(BEGIN|END) ([^-]{0,64})-----/g;
const COMMENT = /^\s*(?:#|;|\/\/)/;
const END_MISSING = 'the END line is missing';

/**
 * Every block of the text in order, in one pass over its lines. More tolerant than OpenSSL, and says so per block:
 * what one program skips in silence, another one serves. A commented-out block is commentary, as it is for OpenSSL.
 */
export function scanPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: OpenBlock | null = null;
  let lastLine = 0;
  for (const line of linesOf(text)) {
    lastLine = line.number;
    for (const { boundary, before, after, isFirst } of splitAtBoundaries(line.text)) {
      if (boundary === null || before.trim() !== '') open?.addText(before, line.number);
      if (boundary === null) continue;
      if (boundary.verb === 'BEGIN') {
        if (open) blocks.push(open.finish(Math.max(open.firstLine, line.number - 1), END_MISSING));
        open = new OpenBlock(boundary.label, line.number, beginProblem(line, before, after, isFirst));
      } else if (open) {
        blocks.push(open.finish(line.number, endProblem(open.label, boundary.label, before, after)));
        open = null;
      }
    }
  }
  if (open) blocks.push(open.finish(lastLine, END_MISSING));
  return blocks;
}

interface Boundary {
  readonly verb: 'BEGIN' | 'END';
  readonly label: string;
}

/** A stretch of a line up to a boundary, or up to its end. */
interface Piece {
  readonly before: string;
  readonly boundary: Boundary | null;
  /** Whether anything follows the boundary on its line. */
  readonly after: boolean;
  readonly isFirst: boolean;
}

function splitAtBoundaries(line: string): Piece[] {
  const text = line.trimEnd();
  if (!text.includes('-----') || COMMENT.test(text)) {
    return [{ before: text, boundary: null, after: false, isFirst: true }];
  }
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(BOUNDARY)) {
    const before = text.slice(done, match.index);
    done = match.index + match[0].length;
    const boundary: Boundary = { verb: match[1] === 'BEGIN' ? 'BEGIN' : 'END', label: match[2] ?? '' };
    pieces.push({ before, boundary, after: done < text.length, isFirst: pieces.length === 0 });
  }
  if (done < text.length) {
    pieces.push({ before: text.slice(done), boundary: null, after: false, isFirst: pieces.length === 0 });
  }
  return pieces;
}

function beginProblem(line: Line, before: string, after: boolean, isFirst: boolean): string | null {
  if (!isFirst) return 'there is no line break before BEGIN';
  if (before.trim() !== '') return 'there is text before BEGIN on its line';
  if (before !== '') return 'the BEGIN line is indented';
  if (after) return 'there is no line break after BEGIN';
  return line.bareReturn ? 'its lines end in a carriage return alone' : null;
}

function endProblem(begun: string, ended: string, before: string, after: boolean): string | null {
  if (begun !== ended) return `it begins as ${begun} and ends as ${ended}`;
  if (before.trim() !== '') return 'there is no line break before END';
  return after ? 'there is no line break after END' : null;
}
