/** Text that a person wrote and that cannot be used: one sentence that says what was got, what is wanted, an example. */
export interface Rejected {
  readonly error: string;
}

/** Tells the failure value of a parser from its result. */
export function isRejected(result: unknown): result is Rejected {
  return typeof result === 'object' && result !== null && 'error' in result;
}

const LONGEST_QUOTE = 80;
// Controls, format characters such as bidi overrides, lone surrogates, odd spaces, and whatever renders as nothing.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/gu;

/** A person's text inside a message: in quotes, cut to 80 characters, with everything invisible written as `\u{…}`. */
export function quoted(text: string): string {
  // Cut by code units first: the text may be megabytes.
  const characters = [...text.slice(0, 2 * LONGEST_QUOTE + 2)];
  const cut = characters.length > LONGEST_QUOTE ? `${characters.slice(0, LONGEST_QUOTE).join('')}…` : text;
  return `"${cut.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`;
}
