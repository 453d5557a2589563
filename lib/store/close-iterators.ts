import { ClassicLevel } from 'classic-level';

/**
 * Makes every iterator that dynalite opens in this thread be closed. Dynalite ends its streams by `return()`, which
 * the iterators of abstract-level lack (https://github.com/Level/abstract-level: theirs is `close()`): each query would
 * keep its iterator, and with it a snapshot of the database, until the process ends.
 */
export function closeIterators(): void {
  const prototype = ClassicLevel.prototype as unknown as Prototype;
  for (const method of ['keys', 'values'] as const) {
    const open = prototype[method];
    prototype[method] = function (...options) {
      const iterator = open.apply(this, options);
      iterator.return = () => iterator.close();
      return iterator;
    };
  }
}

interface Closable {
  close(): Promise<void>;
  return?: () => Promise<void>;
}

interface Prototype {
  keys(this: unknown, ...options: unknown[]): Closable;
  values(this: unknown, ...options: unknown[]): Closable;
}
