/** What of resolv.conf(5) decides whether a short name is completed. */
export interface SearchRules {
  readonly search: readonly string[];
  readonly ndots: number;
}

/** Reads the text of a resolv.conf: the last `search` or `domain` counts, `ndots` is 1 unless set and at most 15. */
export function parseResolvConf(text: string): SearchRules {
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'search') search = values;
    else if (keyword === 'domain') search = values.slice(0, 1);
    else if (keyword === 'options') {
      for (const value of values) {
        const digits = /^ndots:(\d+)$/.exec(value)?.[1];
        if (digits !== undefined) ndots = Math.min(15, Number(digits));
      }
    }
  }
  // "search ." is how systemd-resolved writes that there is nothing to complete with.
  return { search: search.filter((domain) => domain !== '.'), ndots };
}

/**
 * Whether the search list may complete the name. A name that ends in a number is left alone: getaddrinfo reads
 * `2130706433` and `0x7f.1` as addresses, which nobody meant.
 */
export function searchApplies(rules: SearchRules, name: string): boolean {
  if (rules.search.length === 0 || /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(name)) return false;
  return name.split('.').length - 1 < rules.ndots;
}
