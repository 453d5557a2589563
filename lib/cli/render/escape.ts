/** How much of one field from outside is shown, in code points. */
const FIELD_LIMIT = 256;

/**
 * An allow-list, because the list of what a terminal obeys has no end: letters, marks, numbers, punctuation, symbols
 * and the plain space. Outside it are C0, DEL and C1 (a terminal's 7-bit and 8-bit commands), bidirectional controls
 * and everything else that has no width of its own, line separators, and unpaired surrogates.
 */
const UNSAFE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu;
const PLAIN = /^[\x20-\x7e]*$/;

/** Text from outside (a certificate, a server, a file name, an argument) made safe for a terminal, and of bounded length. */
export function escapeForTerminal(text: string, limit: number = FIELD_LIMIT): string {
  if (text.length <= limit && PLAIN.test(text)) return text;
  const { kept, cut } = firstCodePoints(text, limit);
  return escapeLine(kept) + (cut ? '…' : '');
}

/** The same without the limit, for a whole line of our own that quotes fields from outside. */
export function escapeLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function firstCodePoints(text: string, limit: number): { kept: string; cut: boolean } {
  let end = 0;
  for (let count = 0; count < limit && end < text.length; count += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return { kept: text.slice(0, end), cut: end < text.length };
}
