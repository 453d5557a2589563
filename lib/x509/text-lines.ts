import { TextDecoder } from 'node:util';

export interface Line {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** Without its terminator. */
  readonly text: string;
  /** Ended by a carriage return alone, which OpenSSL does not take for the end of a line. */
  readonly bareReturn: boolean;
}

/** The lines of a text that end in LF, CRLF or CR, in one pass. */
export function* linesOf(text: string): Generator<Line> {
  let lf = text.indexOf('\n');
  let cr = text.indexOf('\r');
  let start = 0;
  for (let number = 1; start < text.length; number++) {
    // Each search starts where the last one ended, so that no stretch of the text is searched twice.
    if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
    if (cr !== -1 && cr < start) cr = text.indexOf('\r', start);
    const ends = [lf, cr].filter((at) => at !== -1);
    const end = ends.length === 0 ? text.length : Math.min(...ends);
    const isCrLf = end === cr && lf === cr + 1;
    yield { number, text: text.slice(start, end), bareReturn: end === cr && !isCrLf };
    start = end + (isCrLf ? 2 : 1);
  }
}

export interface DecodedText {
  readonly text: string;
  readonly utf16: boolean;
}

/**
 * The bytes of a PEM file as text. UTF-16, as some Windows editors save it, is told by its mark or by the NUL beside
 * each hyphen; anything else is one character per byte, because PEM itself is ASCII and the rest is commentary.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = utf16Encoding(buffer);
  if (encoding !== null) return { text: new TextDecoder(encoding).decode(buffer), utf16: true };
  const start = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
  return { text: buffer.toString('latin1', start), utf16: false };
}

// Five hyphens are how every PEM boundary begins.
const HYPHENS_LE = Buffer.from('-----', 'utf16le');
const HYPHENS_BE = Buffer.from(HYPHENS_LE).swap16();

function utf16Encoding(buffer: Buffer): 'utf-16le' | 'utf-16be' | null {
  // A boundary in ASCII settles it: odd bytes in a comment must not make the whole file unreadable.
  if (buffer.includes('-----BEGIN ')) return null;
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return 'utf-16le';
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return 'utf-16be';
  const little = buffer.indexOf(HYPHENS_LE);
  if (little !== -1 && little % 2 === 0) return 'utf-16le';
  const big = buffer.indexOf(HYPHENS_BE);
  return big !== -1 && big % 2 === 0 ? 'utf-16be' : null;
}
