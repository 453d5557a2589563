/** A counted resource that callers queue for, first come, first served. */
export interface Limit {
  /** At first; `shrink` makes it less. */
  readonly capacity: number;
  /** Resolves when `count` units (1 unless told) are the caller's. More than `capacity` is never granted. */
  take(count?: number): Promise<void>;
  /** Gives `count` units (1 unless told) back. */
  give(count?: number): void;
  /** Takes one unit away for good. The largest request that was ever made stays possible. */
  shrink(): void;
  /** Resolves the next time a unit is given back; at once where none is out. */
  nextReturn(): Promise<void>;
}

interface Waiter {
  readonly count: number;
  readonly grant: () => void;
  next: Waiter | undefined;
}

const GRANTED = Promise.resolve();

/**
 * A semaphore. The queue is a linked list because ten thousand endpoints may stand in it, and it is strict: a large
 * request at its head is not overtaken by small ones, or it would starve.
 */
export function createLimit(capacity: number): Limit {
  let free = capacity;
  let total = capacity;
  let largest = 1;
  let head: Waiter | undefined;
  let tail: Waiter | undefined;
  const watchers: (() => void)[] = [];

  return {
    capacity,
    take(count = 1) {
      largest = Math.max(largest, count);
      if (head === undefined && free >= count) {
        free -= count;
        return GRANTED;
      }
      return new Promise((grant) => {
        const waiter: Waiter = { count, grant, next: undefined };
        if (tail === undefined) head = waiter;
        else tail.next = waiter;
        tail = waiter;
      });
    },
    give(count = 1) {
      free += count;
      while (head !== undefined && free >= head.count) {
        free -= head.count;
        head.grant();
        head = head.next;
      }
      if (head === undefined) tail = undefined;
      for (let woken = 0; woken < count; woken++) watchers.shift()?.();
    },
    shrink() {
      if (total <= largest) return;
      total -= 1;
      free -= 1;
    },
    nextReturn() {
      if (free === total) return GRANTED;
      return new Promise((wake) => {
        watchers.push(wake);
      });
    },
  };
}
