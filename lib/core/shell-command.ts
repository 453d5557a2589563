/** Words that need no quotes in a POSIX shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * The words as one line for a POSIX shell; what comes from outside is quoted, so that it stays one word. Undefined where
 * a word holds what cannot be pasted faithfully: control characters, or what has no width.
 */
export function shellCommand(words: readonly string[]): string | undefined {
  if (words.some((word) => UNPASTABLE.test(word))) return undefined;
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

const UNPASTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/u;
