import { STORE_NAMES, type StoreName } from '../core/reach.ts';
import type { Rejected } from '../core/rejected.ts';
import { describeValue } from './problem.ts';
import { suggest } from './suggest.ts';

/** Each entry once, in the order given; an empty list is a mistake, because it would mean something else than none. */
export function parseStores(words: readonly unknown[]): readonly StoreName[] | Rejected {
  const stores = new Set<StoreName>();
  for (const word of words) {
    const store = STORE_NAMES.find((name) => name === word);
    if (store === undefined) {
      const hint = typeof word === 'string' ? suggest(word, STORE_NAMES) : '';
      return { error: `got ${describeValue(word)}${hint}; wanted ${STORE_NAMES.join(' or ')}` };
    }
    stores.add(store);
  }
  return stores.size > 0
    ? [...stores]
    : { error: 'got an empty list, by which nothing is trusted; wanted at least one, or no list' };
}
