/**
 * JSON.stringify escapes C0 and unpaired surrogates and nothing else. A person looks at JSON in a terminal too, so the
 * rest of what could command it (DEL, C1, bidirectional controls, line separators, what has no width) goes out as \uXXXX.
 */
const UNSAFE = /[\x7f-\x9f\u2028\u2029]|\p{Default_Ignorable_Code_Point}|\p{Cf}/gu;
const ASCII = /^[\x20-\x7e]*$/;

/** One JSON value on one line (without the line end), in pure JSON that a terminal can show. */
export function safeJson(value: unknown): string {
  const json = JSON.stringify(value);
  return ASCII.test(json) ? json : json.replace(UNSAFE, escapeUnits);
}

function escapeUnits(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
