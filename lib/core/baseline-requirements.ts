/** What the CA/Browser Forum's Baseline Requirements say of validity. They bind public CAs only: never judge a private one. */
import type { Validity } from './ladder.ts';

const SECONDS_A_DAY = 86_400;

/** The longest validity in days, by the instant from which it holds for what is issued; the latest first (§6.3.2). */
const LIMITS: readonly (readonly [from: string, days: number])[] = [
  ['2029-03-15T00:00:00Z', 47],
  ['2027-03-15T00:00:00Z', 100],
  ['2026-03-15T00:00:00Z', 200],
  ['2020-09-01T00:00:00Z', 398],
  ['2018-03-01T00:00:00Z', 825],
];

/** The longest validity that is a short-lived certificate's, which needs no revocation (§1.6.1); the latest first. */
const SHORT_LIVED: readonly (readonly [from: string, days: number])[] = [
  ['2026-03-15T00:00:00Z', 7],
  ['2024-03-15T00:00:00Z', 10],
];

/** Seconds of validity, the first and the last included (RFC 5280 §4.1.2.5). Null where a date cannot be read. */
export function validitySeconds({ notBefore, notAfter }: Validity): number | null {
  if (notBefore === null || notAfter === null) return null;
  return (Date.parse(notAfter) - Date.parse(notBefore)) / 1000 + 1;
}

/** The limit in days that its validity is longer than; null where it keeps to the one of its day of issue. */
export function exceededLimit(certificate: Validity): number | null {
  const limit = ruleAt(LIMITS, certificate.notBefore);
  const seconds = validitySeconds(certificate);
  return limit !== null && seconds !== null && seconds > limit * SECONDS_A_DAY ? limit : null;
}

/** Whether it ends before a revocation would get around. */
export function isShortLived(certificate: Validity): boolean {
  const days = ruleAt(SHORT_LIVED, certificate.notBefore);
  const seconds = validitySeconds(certificate);
  return days !== null && seconds !== null && seconds <= days * SECONDS_A_DAY;
}

/** notBefore stands for the day of issue: nothing in a certificate tells it better. */
function ruleAt(
  rules: readonly (readonly [from: string, days: number])[],
  notBefore: string | null,
): number | null {
  return rules.find(([from]) => notBefore !== null && from <= notBefore)?.[1] ?? null;
}
