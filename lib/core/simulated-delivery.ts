/** Which messages alerts would make, and when each would leave. */
import type { Alert, Digest } from './alert.ts';
import { digestsOf, leaving } from './digest.ts';
import type { Rung } from './ladder.ts';
import { newlySaid, unsaidBy, wasSaid } from './said.ts';

/**
 * Groups alerts into messages as the deliveries of the coming time would.
 *
 * @param alerts In any order.
 * @returns Digests in the order in which they would be sent; `createdAt` says when.
 */
export function simulatedDigests(alerts: readonly Alert[]): readonly Digest[] {
  const queue = alerts.toSorted((a, b) => order(a.decidedAt, b.decidedAt) || order(a.id, b.id));
  const said = new Map<string, Rung>();
  const digests: Digest[] = [];
  let pending: readonly Alert[] = [];
  let next = 0;
  while (next < queue.length || pending.length > 0) {
    const decided = queue[next]?.decidedAt;
    const waitsUntil = earliest(
      pending.map((alert) => (wasSaid(said, alert) ? alert.latestBy : alert.leaveBy)),
    );
    const at = earliest([decided, waitsUntil].filter((instant) => instant !== undefined));
    if (at === undefined) break;
    while (queue[next] !== undefined && (queue[next]?.decidedAt ?? '') <= at) {
      const alert = queue[next] as Alert;
      pending = [...pending, alert];
      next += 1;
    }
    const now = new Date(at);
    const due = leaving(pending, now, { isComplete: () => true, wasSaid: (alert) => wasSaid(said, alert) });
    for (const [name, { rung }] of newlySaid(due, said)) said.set(name, rung);
    for (const name of unsaidBy(due)) said.delete(name);
    digests.push(...digestsOf(due, at, now));
    const gone = new Set(due);
    pending = pending.filter((alert) => !gone.has(alert));
  }
  return digests;
}

function earliest(instants: readonly string[]): string | undefined {
  return instants.reduce<string | undefined>(
    (first, instant) => (first === undefined || instant < first ? instant : first),
    undefined,
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
