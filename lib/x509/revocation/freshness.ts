/** As OpenSSL has it: clocks of CAs and of hosts are a few minutes apart. */
const SKEW_MS = 5 * 60_000;

/** Between two instants, a response without an end is believed for a day unless the caller has a rule of its own. */
export const DEFAULT_MAX_AGE_SECONDS = 86_400;

export interface Updates {
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
}

/** Whether what was said holds at `now`. Without a nextUpdate it is for the caller to say for how long. */
export function objectionToDates(
  { thisUpdate, nextUpdate }: Updates,
  now: Date,
): 'not_yet_valid' | 'stale' | null {
  if (Date.parse(thisUpdate) > now.getTime() + SKEW_MS) return 'not_yet_valid';
  return nextUpdate !== null && Date.parse(nextUpdate) < now.getTime() - SKEW_MS ? 'stale' : null;
}

/** Whether it was said more than so many seconds ago. */
export function isOlderThan(seconds: number, { thisUpdate }: Updates, now: Date): boolean {
  return now.getTime() - Date.parse(thisUpdate) > seconds * 1000 + SKEW_MS;
}
