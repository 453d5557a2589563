/**
 * What one search may cost, whatever was sent. Real chains need a handful of each; hundreds of CAs with one name that all
 * could have issued each other would otherwise buy a comparison for every path through them.
 */
const LIMITS = {
  /** Signature checks: about 10 ms with the usual keys. */
  signatures: 128,
  /** Certificates read: about 70 ms where all of them are new. */
  certificates: 1024,
  /** Issuers considered for a certificate, and lines for a place on top of others: about 20 ms. */
  steps: 65_536,
  /** Names compared with subtrees of name constraints: about 25 ms. */
  comparisons: 1 << 19,
} as const;

export class PathBudget {
  readonly #left: Record<keyof typeof LIMITS, number>;
  #exhausted = false;

  /** @param presented How many certificates there are anyway: so many more of each are free. */
  constructor(presented: number) {
    this.#left = {
      signatures: LIMITS.signatures + presented,
      certificates: LIMITS.certificates + presented,
      steps: LIMITS.steps + presented,
      comparisons: LIMITS.comparisons,
    };
  }

  /** Something was left out for want of budget, so there may be more than was found. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** False where there is not that much left; then nothing may be spent. */
  spend(what: keyof typeof LIMITS, amount = 1): boolean {
    if (this.#left[what] < amount) {
      this.#exhausted = true;
      return false;
    }
    this.#left[what] -= amount;
    return true;
  }
}
