import type { Digest } from '../core/alert.ts';
import { digestsOf } from '../core/digest.ts';
import { findingKey } from '../core/finding.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Channel } from '../notify/channel.ts';
import { markDelivered, putDigest, undeliveredDigests } from '../store/digests.ts';
import { saveLedger, undeliveredLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import type { Table } from '../store/table.ts';

/** What became of everything that was waiting to be said. */
export interface Delivery {
  /** Alerts that were put into a digest now. */
  readonly alerts: number;
  /** Digests that every channel has accepted now. */
  readonly digests: number;
  /** One sentence per digest and channel that did not take it; it stays and is tried again in the next run. */
  readonly failures: readonly string[];
}

/**
 * Sends what is pending. Digests are stored with frozen entries, then the ledger lets go of them, then channels get
 * them, then each acceptance is written. A process that is killed between any two steps leaves either the pending
 * entry or the stored digest, and the next delivery goes on from there: nothing is lost, and at most the digest that
 * was on its way is sent once more, verbatim and under the same id.
 *
 * @param decided Entries that this run wrote: on AWS an index may not show them yet.
 */
export async function deliver(
  table: Table,
  channels: readonly Channel[],
  decided: readonly LedgerEntry[],
  runId: string,
  now: Date,
): Promise<Delivery> {
  const waiting: Digest[] = [];
  for await (const digest of undeliveredDigests(table)) waiting.push(digest);
  const entries = new Map<string, LedgerEntry>();
  for await (const entry of undeliveredLedger(table)) entries.set(entryKey(entry), entry);
  for (const entry of decided) if (entry.pending.length > 0) entries.set(entryKey(entry), entry);

  const carried = new Set(waiting.flatMap((digest) => digest.alerts.map((alert) => alert.id)));
  const news = [...entries.values()]
    .flatMap((entry) => entry.pending)
    .filter((alert) => !carried.has(alert.id));
  const fresh: Digest[] = [];
  // What is stored is what is sent, now and if need be again: hostile texts may have been cut to fit.
  for (const digest of digestsOf(news, runId, now)) fresh.push(await putDigest(table, digest));
  for (const entry of entries.values()) await letGo(table, entry);

  const failures: string[] = [];
  let digests = 0;
  for (const digest of [...waiting, ...fresh]) {
    const refusals = await handOver(table, digest, channels, now);
    if (refusals.length === 0) digests += 1;
    failures.push(...refusals);
  }
  return { alerts: news.length, digests, failures };
}

/** Takes the alerts that stored digests carry out of the ledger. An entry that changed meanwhile is read again. */
async function letGo(table: Table, entry: LedgerEntry): Promise<void> {
  const carried = new Set(entry.pending.map((alert) => alert.id));
  let current: LedgerEntry | undefined = entry;
  while (current?.pending.some((alert) => carried.has(alert.id))) {
    const pending = current.pending.filter((alert) => !carried.has(alert.id));
    const { lost } = await saveLedger(table, [{ ...current, pending, version: current.version + 1 }]);
    if (lost.length === 0) return;
    const picture = await readTarget(table, entry.target);
    current = picture.ledger.find((each) => findingKey(each) === findingKey(entry));
  }
}

/** Hands one digest to every channel that has not taken it yet; the sentences of those that refused. */
async function handOver(
  table: Table,
  digest: Digest,
  channels: readonly Channel[],
  now: Date,
): Promise<readonly string[]> {
  const missing = channels.filter((channel) => digest.delivered[channel.name] === undefined);
  if (missing.length === 0) {
    // The channel it was waiting for is no longer configured.
    const [accepted] = Object.entries(digest.delivered);
    if (accepted !== undefined) await markDelivered(table, digest, ...accepted, true);
    return [];
  }
  const refusals: string[] = [];
  for (const [index, channel] of missing.entries()) {
    try {
      await channel.deliver(digest);
    } catch (error) {
      refusals.push(`${channel.name}: ${(error as Error).message}`);
      continue;
    }
    const done = refusals.length === 0 && index === missing.length - 1;
    await markDelivered(table, digest, channel.name, toInstant(now), done);
  }
  return refusals;
}

function entryKey(entry: LedgerEntry): string {
  return `${entry.target}\n${findingKey(entry)}`;
}
