import type { Reply } from '../dialog.ts';

/**
 * No reply has more. They are looked at anew with every piece that comes: thousands of short ones, and then an octet at a
 * time, would take milliseconds for each octet.
 */
const MAX_LINES = 200;

interface WholeLine {
  readonly line: string;
  /** How many bytes there are up to its end. */
  readonly end: number;
  /** It is one too many. */
  readonly beyond: boolean;
}

/** The lines received so far that are whole. */
function* wholeLines(received: Buffer): Generator<WholeLine> {
  let start = 0;
  let count = 0;
  for (let lf = received.indexOf(0x0a); lf !== -1; lf = received.indexOf(0x0a, start)) {
    const line = received.toString('latin1', start, lf).replace(/\r$/, '');
    start = lf + 1;
    count += 1;
    yield { line, end: start, beyond: count > MAX_LINES };
  }
}

const SHOWN = 80;

/** Something other than what the protocol has at this place. */
export function unexpected(what: string, got: string): Reply {
  return { failure: { reason: 'starttls_failed', detail: `${what}: ${got.slice(0, SHOWN)}` } };
}

/** The server said that it will not. */
export function refused(got: string): Reply {
  return { failure: { reason: 'starttls_refused', detail: got.slice(0, SHOWN) } };
}

function endless(line: string): Reply {
  return unexpected(`more than ${MAX_LINES} lines`, line);
}

/** The first line that is the reply, as `judge` sees it; lines that it returns null for are passed over. */
export function lineReply(judge: (line: string) => 'right' | Reply | null): (received: Buffer) => Reply {
  return (received) => {
    for (const { line, end, beyond } of wholeLines(received)) {
      if (beyond) return endless(line);
      const verdict = judge(line);
      if (verdict === 'right') return { taken: end };
      if (verdict !== null) return verdict;
    }
    return 'more';
  };
}

/**
 * A reply of SMTP or FTP: three digits, and a hyphen after them on all lines but the last (RFC 5321 §4.2.1, RFC 959 §4.2).
 *
 * @param judge Gets the code and the whole lines.
 */
export function codedReply(
  what: string,
  judge: (code: string, lines: readonly string[]) => 'right' | Reply,
): (received: Buffer) => Reply {
  return (received) => {
    const lines: string[] = [];
    let begun = '';
    for (const { line, end, beyond } of wholeLines(received)) {
      if (beyond) return endless(line);
      lines.push(line);
      const [, code = '', more = ''] = /^(\d{3})([ -]?)/.exec(line) ?? [];
      if (begun === '') begun = code;
      if (begun === '') return unexpected(`no ${what} reply`, line);
      // FTP lets the lines in between begin with anything.
      if (code !== begun || more === '-') continue;
      const verdict = judge(code, lines);
      return verdict === 'right' ? { taken: end } : verdict;
    }
    return 'more';
  };
}
