/** A counted resource that callers queue for, first come, first served. */
export interface Limit {
  /** At first; `shrink` makes it less, `grow` as much again. */
  readonly capacity: number;
  /** Resolves when `count` units (1 unless told) are the caller's. Room is made for a request that is larger than all. */
  take(count?: number): Promise<void>;
  /** Gives `count` units (1 unless told) back. */
  give(count?: number): void;
  /** Takes one unit away: there are fewer than was thought. The largest request that was ever made stays possible. */
  shrink(): void;
  /** Says that there were enough. After `CALM` times without `shrink` each one brings back a unit that it took away. */
  grow(): void;
  /**
   * `done` resolves the next time that a unit is given back; at once where none is out. Whoever waits no longer has to
   * `cancel`, or somebody else is not woken.
   */
  nextReturn(): { readonly done: Promise<void>; cancel(): void };
}

/** A shortage that lasts is tried out this seldom: whoever finds nothing then has to wait on his own time. */
const CALM = 50;

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
  let calm = 0;
  let head: Waiter | undefined;
  let tail: Waiter | undefined;
  const watchers = new Set<() => void>();

  function grantWhatFits(): void {
    while (head !== undefined && free >= head.count) {
      free -= head.count;
      head.grant();
      head = head.next;
    }
    if (head === undefined) tail = undefined;
  }

  return {
    capacity,
    take(count = 1) {
      largest = Math.max(largest, count);
      // It would wait for ever, and everybody behind it.
      free += Math.max(0, count - total);
      total = Math.max(total, count);
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
      grantWhatFits();
      for (const wake of [...watchers].slice(0, count)) {
        watchers.delete(wake);
        wake();
      }
    },
    shrink() {
      calm = 0;
      if (total <= largest) return;
      total -= 1;
      free -= 1;
    },
    grow() {
      calm += 1;
      if (total >= capacity || calm <= CALM || watchers.size > 0) return;
      total += 1;
      free += 1;
      grantWhatFits();
    },
    nextReturn() {
      if (free === total) return { done: GRANTED, cancel: () => undefined };
      const { promise, resolve } = Promise.withResolvers<void>();
      watchers.add(resolve);
      return { done: promise, cancel: () => void watchers.delete(resolve) };
    },
  };
}
