import type { Digest } from '../core/alert.ts';

/** A way to somebody's attention. Each is one file; adding one touches nothing else. */
export interface Channel {
  /** Under this name the digest remembers that it was accepted. */
  readonly name: string;
  /** It is told of the daily canary, too, whose message is for the monitor's own alarm. */
  readonly takesCanaries?: true;
  /**
   * Hands over one digest. Resolves once it was accepted, rejects with a sentence for a person otherwise; it is then
   * handed over again in a later run, verbatim and under the same id, so that a receiver can de-duplicate. An error with
   * `permanent: true` is about this digest only; after any other the channel is left alone for the rest of the run.
   */
  readonly deliver: (digest: Digest) => Promise<void>;
}
