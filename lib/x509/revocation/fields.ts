import type { Element } from '../der.ts';
import { children, DerError, readElement } from '../der.ts';

/** The fields of a SEQUENCE in their order, each read when it is its turn. */
export class Fields {
  readonly #rest: Iterator<Element>;
  #next: Element | undefined;

  constructor(bytes: Uint8Array, parent: Element) {
    this.#rest = children(bytes, parent);
    this.#next = this.#rest.next().value;
  }

  /** The next field where it has one of the tags; null where it is another one. */
  take(...tags: readonly number[]): Element | null {
    const field = this.#next;
    if (field === undefined || !tags.includes(field.tag)) return null;
    this.#next = this.#rest.next().value;
    return field;
  }

  expect(what: string, ...tags: readonly number[]): Element {
    const field = this.take(...tags);
    if (field === null) throw new DerError(`${what} is missing`);
    return field;
  }

  end(): void {
    if (this.#next !== undefined) throw new DerError(`nothing belongs at offset ${this.#next.start}`);
  }
}

/** The element in an explicit tag. Throws DerError. */
export function inside(bytes: Uint8Array, wrapper: Element): Element {
  return readElement(bytes, wrapper.contentStart, wrapper.contentEnd);
}
