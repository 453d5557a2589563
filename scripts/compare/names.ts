/**
 * Whether two RFC 4514 strings say the same, where ours may write an attribute as `OID=#…` for which OpenSSL has a short
 * name. `dumped` is the name as OpenSSL writes it with nothing but those.
 */
export function sameName(ours: string, theirs: string, dumped: string): boolean {
  const [a, b, c] = [split(ours, ','), split(theirs, ','), split(dumped, ',')];
  return (
    a.length === b.length &&
    a.length === c.length &&
    a.every((rdn, index) => sameRdn(split(rdn, '+'), split(b[index] ?? '', '+'), split(c[index] ?? '', '+')))
  );
}

/** Attributes of one RDN in any order, their types in any case (§3: OpenSSL says `street`). */
function sameRdn(ours: readonly string[], theirs: readonly string[], dumped: readonly string[]): boolean {
  const left = theirs.map((attribute, index) => [plain(attribute), plain(dumped[index] ?? '')]);
  for (const attribute of ours.map(plain)) {
    const found = left.findIndex((either) => either.includes(attribute));
    if (found === -1) return false;
    left.splice(found, 1);
  }
  return left.length === 0;
}

function plain(attribute: string): string {
  return attribute.replace(/^[^=]*/, (type) => type.toUpperCase());
}

/** Split at a separator that is not escaped. */
function split(text: string, separator: ',' | '+'): readonly string[] {
  const parts: string[] = [];
  let begin = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin)];
}
