/** An instant for people: `2026-12-02 14:00 UTC`. Minutes are enough where days are at stake. */
export function formatInstant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** ISO 8601 UTC to the second, the form in which instants are stored and compared. */
export function toInstant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Whether an instant lies less than so many milliseconds back. One that lies ahead was set by a wrong clock. */
export function isWithin(ms: number, instant: string, now: Date): boolean {
  const elapsed = now.getTime() - Date.parse(instant);
  return elapsed >= 0 && elapsed < ms;
}
