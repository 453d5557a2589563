/**
 * The pseudo-target of the daily canary: a certificate that the monitor mints so that something has to be said every
 * day. When nothing arrives at the end of the way, the way is broken.
 */
export const CANARY_TARGET = 'canary:self';
