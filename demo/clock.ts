/** The demo's clock: it starts weeks ago and catches up, so that whatever the inventory says in the end is true now. */
export interface Clock {
  /** The simulated time. It runs on while a cycle takes its seconds. */
  now(): Date;
  /** Moves to this many days before the present; 0 is the present itself. */
  moveTo(daysAgo: number): void;
  /** An instant so many days (negative: in the past) from the moment the demo began. */
  at(days: number): Date;
}

const DAY_MS = 86_400_000;

export function createClock(): Clock {
  const began = Date.now();
  let behindMs = 0;
  return {
    now: () => new Date(Date.now() - behindMs),
    moveTo(daysAgo) {
      behindMs = daysAgo * DAY_MS;
    },
    at: (days) => new Date(began + days * DAY_MS),
  };
}
