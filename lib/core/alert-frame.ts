/** The alert that a ledger entry makes of an event. */
import type { Alert, AlertEvent } from './alert.ts';
import { departureOf } from './departure.ts';
import { formatInstant, toInstant } from './instant.ts';
import type { Rung } from './ladder.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Occasion } from './occasion.ts';

/** The alert, but for the rungs that were missed. `nextAt` as in `Finding`. */
export function alertFrame(
  entry: LedgerEntry,
  event: AlertEvent,
  rung: Rung,
  nextAt: string | undefined,
  occasion: Occasion,
): Omit<Alert, 'missed'> {
  const closing = isClosing({ event });
  const { target, story, fingerprint, episode, severity, notAfter, label, issuer, affects } = entry;
  return {
    id: [target, story, fingerprint ?? '-', episode, nameOf(event, rung, entry, occasion)].join('|'),
    event,
    target,
    // Who heard of it hears the end of it.
    owner: closing && entry.told !== undefined ? entry.told : occasion.owner,
    check: entry.check,
    fingerprint,
    severity,
    rung,
    message: closing ? closingMessage(entry, event, occasion) : entry.message,
    advice: closing ? '' : entry.advice,
    ...(notAfter === undefined ? {} : { notAfter }),
    episode,
    ...(label === undefined ? {} : { label }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(affects === undefined ? {} : { affects }),
    ...(entry.command === undefined || closing ? {} : { command: entry.command }),
    ...(event === 'baseline' && occasion.source !== undefined ? { source: occasion.source } : {}),
    ...(occasion.staleSince === undefined || closing ? {} : { lastSeenAt: occasion.staleSince }),
    decidedAt: toInstant(occasion.now),
    ...departureOf(event, severity, nextAt, occasion.policy, occasion.now),
  };
}

/** The last part of an alert's id. A reminder is named by what it recalls, so that deciding twice makes the same one. */
function nameOf(event: AlertEvent, rung: Rung, entry: LedgerEntry, { owner }: Occasion): string {
  if (isClosing({ event })) return event;
  if (event === 'reminder') return `${rung} again after ${entry.saidAt ?? entry.openedAt}`;
  return event === 'assigned' ? `${rung} for ${owner ?? '-'} after ${entry.saidAt ?? entry.openedAt}` : rung;
}

/** Whether it says that something is over. */
export function isClosing({ event }: Pick<Alert, 'event'>): boolean {
  return event === 'resolved' || event === 'withdrawn';
}

/** What is so now, then what it had been about: the time left that was said then would mislead. */
function closingMessage(entry: LedgerEntry, event: AlertEvent, occasion: Occasion): string {
  const now = occasion.outcome(entry) ?? (event === 'withdrawn' ? 'no longer watched' : 'no longer so');
  const was =
    entry.notAfter === undefined || entry.label === undefined
      ? entry.message
      : `${entry.label} until ${formatInstant(entry.notAfter)}`;
  return `${now} (it was: ${was})`;
}
