/** The expiry ladder: which rung a certificate stands on, by its lifetime and what remains of it. */

/** One step towards expiry, in rising order. `notice-again` exists only for CAs administered here. */
export type Rung = 'notice' | 'notice-again' | 'warning' | 'critical' | 'last' | 'expired';

/** When a rung begins: a remaining time in milliseconds, or a share of the lifetime (0 to 1). */
export type Threshold = { readonly ms: number } | { readonly share: number };

/** Rungs that a person may move. `expired` is a fact and `notice-again` follows from `notice`. */
export type MovableRung = Exclude<Rung, 'expired'>;

/** Which ladder applies: `leaf` for what an endpoint serves, `ca` for CAs that somebody here administers. */
export type LadderColumn = 'leaf' | 'ca';

export type ThresholdOverrides = {
  readonly [Column in LadderColumn]?: { readonly [R in MovableRung]?: Threshold };
};
