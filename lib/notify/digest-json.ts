import type { Digest } from '../core/alert.ts';

/** A digest as machines get it: the webhook's body and `notafter alerts --json`. Documented in docs/cli.md. */
export function digestJson(digest: Digest) {
  const { id, createdAt, owner, severity, alerts, omitted, delivered } = digest;
  return { id, createdAt, owner, severity, class: digest.class, alerts, omitted, delivered };
}
