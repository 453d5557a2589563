/** What an owner was told of a certificate's end, wherever it is seen: the same of another place is in no hurry. */
import type { Alert } from './alert.ts';
import { type Rung, rungRank } from './ladder.ts';

/** The gravest step that was told, by `saidName`. */
export type Said = ReadonlyMap<string, Rung>;

/** Under which an alert about the end of a certificate is remembered; null for any other alert. */
export function saidName({ check, fingerprint, owner }: Alert): string | null {
  const isExpiry = check === 'expiring' || check === 'expired' || check === 'expired-in-chain';
  return isExpiry && fingerprint !== null ? `${fingerprint} ${owner ?? '-'}` : null;
}

/** Whether the owner heard of this certificate at this step before, as that of another target. What came back is news. */
export function wasSaid(said: Said, alert: Alert): boolean {
  const name = saidName(alert);
  if (name === null || alert.event !== 'opened' || alert.episode > 1) return false;
  return rungRank(alert.rung) <= rungRank(said.get(name) ?? null);
}

/** Names of what these alerts say is over: the next one who serves it is news at once. */
export function unsaidBy(alerts: readonly Alert[]): readonly string[] {
  return alerts
    .filter(({ event }) => event === 'resolved' || event === 'withdrawn')
    .map(saidName)
    .filter((name) => name !== null);
}

/** The alerts among these that say more of a certificate than was said so far: the gravest of each. */
export function newlySaid(alerts: readonly Alert[], said: Said): ReadonlyMap<string, Alert> {
  const gravest = new Map<string, Alert>();
  for (const alert of alerts) {
    const name = saidName(alert);
    if (name === null || alert.event === 'resolved' || alert.event === 'withdrawn') continue;
    const before = gravest.get(name)?.rung ?? said.get(name) ?? null;
    if (rungRank(alert.rung) > rungRank(before)) gravest.set(name, alert);
  }
  return gravest;
}
