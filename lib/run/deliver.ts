import type { Alert, Digest } from '../core/alert.ts';
import { classOf, digestsOf, leaving, omits } from '../core/digest.ts';
import { findingKey } from '../core/finding.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { wasSaid } from '../core/said.ts';
import { alertCode } from '../notify/alert-code.ts';
import type { Channel } from '../notify/channel.ts';
import { markDelivered, putDigest, undeliveredDigests } from '../store/digests.ts';
import { saveLedger, undeliveredLedger } from '../store/ledger.ts';
import { forEachParallel } from '../store/parallel.ts';
import { readTarget } from '../store/read-target.ts';
import { noteSaid, readSaid } from '../store/said.ts';
import type { Table } from '../store/table.ts';

/** What became of everything that was waiting to be said. */
export interface Delivery {
  /** Alerts that were put into a digest now. */
  readonly alerts: number;
  /** Digests that were made now, and older ones that every channel has accepted now. */
  readonly digests: number;
  readonly late: number;
  /** Alerts that wait for others, or for the rest of a first look. */
  readonly waiting: number;
  /** Daily canaries that arrived where they are counted. */
  readonly canaries: number;
  /** One sentence per channel that did not take everything; what it did not take is tried again in the next run. */
  readonly failures: readonly string[];
}

const WRITES_AT_ONCE = 16;

export interface DeliveryOptions {
  readonly channels: readonly Channel[];
  /**
   * All channels there are are in `channels`: a digest that waits for another one waits no more. Not so where a run has
   * no configuration at hand.
   */
  readonly channelsComplete: boolean;
  /** Whether the first look at a source is over, so that its baseline may leave. */
  readonly isComplete: (source: string) => boolean;
  readonly runId: string;
  readonly now: Date;
  /** Throws where this run may not speak any more: it was told to stop, or another one is at work. */
  readonly fence: () => void;
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
  decided: readonly LedgerEntry[],
  options: DeliveryOptions,
): Promise<Delivery> {
  const { channels, runId, now, fence } = options;
  const waiting: Digest[] = [];
  for await (const digest of undeliveredDigests(table)) waiting.push(digest);
  const entries = new Map<string, LedgerEntry>();
  for await (const entry of undeliveredLedger(table)) entries.set(entryKey(entry), entry);
  for (const entry of decided) if (entry.pending.length > 0) entries.set(entryKey(entry), entry);

  const carried = new Set(waiting.flatMap((digest) => digest.alerts.map((alert) => alert.id)));
  const counted = new Set(waiting.flatMap((digest) => digest.counted ?? []));
  const news: Alert[] = [];
  for (const alert of [...entries.values()].flatMap((entry) => entry.pending)) {
    if (counted.has(alertCode(alert))) carried.add(alert.id);
    else if (!carried.has(alert.id)) news.push(alert);
  }
  const said = await readSaid(table, news);
  const { isComplete } = options;
  const due = leaving(news, now, { isComplete, wasSaid: (alert) => wasSaid(said, alert) });
  const fresh: Digest[] = [];
  for (const digest of digestsOf(due, runId, now)) {
    const names = takers(channels, digest).map(({ name }) => name);
    fresh.push(
      ...(await store(
        table,
        { ...digest, ...countedIn(digest, due), channels: names, done: names.length === 0 },
        fence,
      )),
    );
  }
  await noteSaid(table, due, said);
  for (const alert of due) carried.add(alert.id);
  await forEachParallel([...entries.values()], WRITES_AT_ONCE, (entry) => letGo(table, entry, carried));

  const refused = new Map<string, Refusals>();
  let late = 0;
  let canaries = 0;
  const byClass = [...waiting, ...fresh].toSorted(
    (a, b) => Number(a.class === 'canary') - Number(b.class === 'canary'),
  );
  for (const digest of byClass) {
    const done = await handOver(table, digest, options, refused);
    if (digest.class === 'canary') canaries += Number(done && isReleased(digest));
    else if (done && waiting.includes(digest)) late += 1;
  }
  const failures = [...refused].map(
    ([name, { count, why }]) => `${name}: ${why} (${count} kept for the next run)`,
  );
  return {
    alerts: due.length,
    digests: fresh.length,
    late,
    waiting: news.length - due.length,
    canaries,
    failures,
  };
}

/**
 * Stores a digest, and what long texts left no room for in further ones. What is stored is what is sent, now and if
 * need be again.
 */
async function store(table: Table, digest: Digest, fence: () => void): Promise<Digest[]> {
  const stored: Digest[] = [];
  let rest: Digest | undefined = digest;
  while (rest !== undefined) {
    fence();
    const part = await putDigest(table, rest);
    stored.push(part);
    const unsaid: Digest['alerts'] = omits(digest.class) ? [] : rest.alerts.slice(part.alerts.length);
    rest = unsaid.length === 0 ? undefined : { ...rest, id: `${digest.id}.${stored.length}`, alerts: unsaid };
  }
  return stored;
}

/** Alerts that a message counts and does not name: once it is stored, they have been said as far as they will be. */
function countedIn(digest: Digest, due: readonly Alert[]): Pick<Digest, 'counted'> {
  if (digest.omitted === 0) return {};
  const named = new Set(digest.alerts.map(({ id }) => id));
  const rest = due.filter(
    (alert) => alert.owner === digest.owner && classOf(alert) === digest.class && !named.has(alert.id),
  );
  // 12 bytes each: an item has room for them.
  return { counted: rest.slice(0, MAX_COUNTED).map(alertCode) };
}

const MAX_COUNTED = 10_000;

/** A new canary, not the end of an old one. */
function isReleased({ alerts }: Digest): boolean {
  return alerts.some(({ event }) => event === 'opened');
}

/** The channels that a digest is for. */
function takers(channels: readonly Channel[], digest: Digest): readonly Channel[] {
  return digest.class === 'canary' ? channels.filter(({ takesCanaries }) => takesCanaries) : channels;
}

/** Takes the alerts that stored digests carry out of the ledger. An entry that changed meanwhile is read again. */
async function letGo(table: Table, entry: LedgerEntry, carried: ReadonlySet<string>): Promise<void> {
  let current: LedgerEntry | undefined = entry;
  while (current?.pending.some((alert) => carried.has(alert.id))) {
    const pending = current.pending.filter((alert) => !carried.has(alert.id));
    const { lost } = await saveLedger(table, [{ ...current, pending, version: current.version + 1 }]);
    if (lost.length === 0) return;
    const picture = await readTarget(table, entry.target);
    current = picture.ledger.find((each) => findingKey(each) === findingKey(entry));
  }
}

/** How many digests a channel did not take in this run, and why it did not take the first. */
interface Refusals {
  readonly count: number;
  readonly why: string;
  /** It is down: it is not asked again in this run. */
  readonly down: boolean;
}

/** Hands one digest to every channel that has not taken it yet; true where all have taken it now. */
async function handOver(
  table: Table,
  digest: Digest,
  { channels, channelsComplete, now, fence }: DeliveryOptions,
  refused: Map<string, Refusals>,
): Promise<boolean> {
  const willing = takers(channels, digest);
  const wanted = channelsComplete ? willing.map(({ name }) => name) : digest.channels;
  const accepted = new Set(Object.keys(digest.delivered));
  const isDone = () => wanted.every((name) => accepted.has(name));
  for (const channel of willing) {
    if (accepted.has(channel.name)) continue;
    const before = refused.get(channel.name);
    if (before?.down) {
      refused.set(channel.name, { ...before, count: before.count + 1 });
      continue;
    }
    fence();
    try {
      await channel.deliver(digest);
    } catch (error) {
      const { message, permanent = false } = error as Error & { permanent?: boolean };
      refused.set(channel.name, {
        count: (before?.count ?? 0) + 1,
        why: before?.why ?? message,
        // The canary goes elsewhere: that it is refused there says nothing about mails.
        down: !permanent && digest.class !== 'canary',
      });
      continue;
    }
    accepted.add(channel.name);
    await markDelivered(table, digest, channel.name, toInstant(now), isDone());
  }
  const [first] = Object.entries(digest.delivered);
  // The channel it was waiting for is no longer configured.
  if (isDone() && first !== undefined && accepted.size === Object.keys(digest.delivered).length) {
    await markDelivered(table, digest, ...first, true);
  }
  return isDone();
}

function entryKey(entry: LedgerEntry): string {
  return `${entry.target}\n${findingKey(entry)}`;
}
