/** A text message wakes somebody up: only what cannot wait for the morning. Subscriptions filter on these rungs. */
export const TEXTED: ReadonlySet<string> = new Set(['last', 'expired']);
