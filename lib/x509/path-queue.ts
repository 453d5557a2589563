/** A binary heap: takes out the element first that `isBefore` puts before all others. */
export class PathQueue<Element> {
  readonly #heap: Element[] = [];
  readonly #isBefore: (a: Element, b: Element) => boolean;

  constructor(isBefore: (a: Element, b: Element) => boolean) {
    this.#isBefore = isBefore;
  }

  put(element: Element): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Element;
      if (!this.#isBefore(element, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = element;
  }

  take(): Element | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const other = child + 1;
      const next =
        other < heap.length && this.#isBefore(heap[other] as Element, heap[child] as Element) ? other : child;
      if (!this.#isBefore(heap[next] as Element, last)) break;
      heap[at] = heap[next] as Element;
      at = next;
    }
    heap[at] = last;
    return first;
  }
}
