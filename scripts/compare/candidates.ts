import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that may hold one certificate, cut out without the code that is being compared. */
export interface Candidate {
  /** File, and line where it is a PEM block. */
  readonly place: string;
  readonly bytes: Buffer;
}

/** Larger files are no collections of certificates. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Every regular file under the path, in order; links are not followed. */
export function* filesUnder(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) yield* filesUnder(join(path, entry.name));
    else if (entry.isFile()) yield join(path, entry.name);
  }
}

/** The whole file where it begins like DER, else each PEM block of a certificate that begins on a line of its own. */
export function candidatesOf(file: string): { readonly whole: Buffer; readonly candidates: Candidate[] } {
  if (statSync(file).size > MAX_FILE_BYTES) return { whole: Buffer.alloc(0), candidates: [] };
  const whole = readFileSync(file);
  if (whole[0] === 0x30 && (whole[1] ?? 0) >= 0x80)
    return { whole, candidates: [{ place: file, bytes: whole }] };
  return { whole, candidates: whole.includes('-----BEGIN ') ? blocksOf(file, whole) : [] };
}

function blocksOf(file: string, whole: Buffer): Candidate[] {
  const candidates: Candidate[] = [];
  let begin: { readonly line: number; readonly lines: string[] } | null = null;
  for (const [index, line] of whole.toString('latin1').split('\n').entries()) {
    if (/^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s*$/.test(line))
      begin = { line: index + 1, lines: [] };
    if (begin === null) continue;
    begin.lines.push(line);
    if (!line.startsWith('-----END ')) continue;
    candidates.push({
      place: `${file}:${begin.line}`,
      bytes: Buffer.from(`${begin.lines.join('\n')}\n`, 'latin1'),
    });
    begin = null;
  }
  return candidates;
}
