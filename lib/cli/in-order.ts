/** How much may be under way and how much may be waiting for its turn. */
export interface InOrderLimits {
  /** Pieces of work at the same time. */
  readonly concurrency: number;
  /**
   * How far work may run ahead of the oldest unfinished piece. Bounds memory; a single slow piece holds the others up
   * only once this many are done behind it.
   */
  readonly lookAhead: number;
  /** Stops taking new work and rejects with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Works on many items at once and yields the results in the order of the items, as soon as order allows. Takes items
 * only as they are needed, so that they may come from a generator. Rejects with the first rejection of `work`.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
  limits: InOrderLimits,
): AsyncGenerator<Result, void, undefined> {
  const source = items[Symbol.iterator]();
  const done = new Map<number, Result>();
  const { signal } = limits;
  let taken = 0;
  let yielded = 0;
  let running = 0;
  let exhausted = false;
  let failed: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;

  const take = () => {
    while (!exhausted && running < limits.concurrency && taken - yielded < limits.lookAhead) {
      const next = source.next();
      if (next.done === true) {
        exhausted = true;
        return;
      }
      const index = taken;
      taken += 1;
      running += 1;
      work(next.value).then(
        (result) => {
          running -= 1;
          done.set(index, result);
          if (!signal.aborted) take();
          if (index === yielded) wake();
        },
        (error: unknown) => {
          failed ??= { error };
          wake();
        },
      );
    }
  };

  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    take();
    while (!exhausted || yielded < taken) {
      signal.throwIfAborted();
      if (failed !== undefined) throw failed.error;
      const result = done.get(yielded);
      if (done.delete(yielded)) {
        yielded += 1;
        take();
        yield result as Result;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
