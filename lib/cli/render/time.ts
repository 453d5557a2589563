import { NO_EXPIRY } from '../../core/certificate.ts';
import { formatDuration } from '../../core/duration.ts';
import { isExpired, remainingMs, type Validity } from '../../core/ladder.ts';

/** `in 12 d 4 h`, `expired 3 d 2 h ago`, `never expires`, or that the date cannot be read. */
export function remainingText(validity: Validity, now: Date): string {
  if (validity.notAfter === NO_EXPIRY) return 'never expires';
  const remaining = remainingMs(validity, now);
  if (remaining === null) return 'end unreadable';
  // Within the last second a certificate is still valid although nothing remains of it.
  if (!isExpired(validity, now)) return `in ${formatDuration(Math.max(0, remaining))}`;
  return `expired ${formatDuration(-remaining)} ago`;
}

/** `2027-01-31 23:59:59 UTC`; what it is called where there is no such instant. */
export function instantText(instant: string | null): string {
  if (instant === null) return 'unreadable';
  return instant === NO_EXPIRY ? 'no end' : `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}

/** Whole seconds until notAfter, negative after it; null where it never comes or cannot be read. */
export function remainingSeconds(validity: Validity, now: Date): number | null {
  const remaining = remainingMs(validity, now);
  return remaining === null ? null : Math.floor(remaining / 1000);
}
