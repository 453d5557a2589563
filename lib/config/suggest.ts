/** ` (did you mean "owner"?)` where one of the known words is near enough to be what was meant, else nothing. */
export function suggest(got: string, known: readonly string[]): string {
  // Also keeps the comparison from being quadratic in what a file says.
  if (got.length > 40) return '';
  let best: string | undefined;
  // Two letters swapped are two edits; in a short word that would be another word.
  let bestDistance = got.length < 4 ? 2 : 3;
  for (const word of known) {
    const distance = editDistance(got.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
