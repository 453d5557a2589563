import { hash } from 'node:crypto';

/** Numbers that look random and are the same again for the same seed (Marsaglia's xorshift of 128 bits). */
export class Random {
  readonly #state: Uint32Array;
  #strict = false;

  constructor(seed: string) {
    const digest = hash('sha256', seed, 'buffer');
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
  }

  /** 32 bits. */
  next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const mixed = a ^ (a << 11);
    const next = (d ^ (d >>> 19) ^ mixed ^ (mixed >>> 8)) >>> 0;
    this.#state.set([b, c, d, next]);
    return next;
  }

  /** From 0 up to, and without, `limit`. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** Like `once`, for what is against the rules: never while `strictly` is making something. */
  odd(times: number): boolean {
    return !this.#strict && this.once(times);
  }

  /** What `make` makes without anything odd in it, but for one time in `times`. */
  strictly<Made>(times: number, make: () => Made): Made {
    const before = this.#strict;
    this.#strict = before || !this.once(times);
    try {
      return make();
    } finally {
      this.#strict = before;
    }
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    if (choices.length === 0) throw new Error('there is nothing to choose from');
    return choices[this.below(choices.length)] as Choice;
  }

  octets(length: number): Buffer {
    const octets = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) octets[at] = this.next() & 0xff;
    return octets;
  }

  /** Between `least` and `most` of what `make` makes; small numbers are likelier. */
  several<Made>(least: number, most: number, make: (index: number) => Made): Made[] {
    const length = Math.min(this.between(least, most), this.between(least, most));
    return Array.from({ length }, (_, index) => make(index));
  }
}
