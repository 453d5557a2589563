import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { Alert, Digest } from '../core/alert.ts';
import type { Channel } from './channel.ts';
import { safeJson } from './safe-json.ts';

/** "PutEvents accepts up to 10 entries", each request at most 256 KB (EventBridge User Guide, quotas); half of it is enough. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 120_000;

/** What an entry takes beside its detail: source, detail type, time, and the name of the bus. */
const FRAME_BYTES = 200;

/** How much of a text is told; the second where the first is too much for a request. */
const LENGTHS = [2_000, 200] as const;

const ATTEMPTS = 4;

/** What passes by itself (EventBridge API Reference, PutEventsResultEntry). Any other code is about the entry. */
const PASSING = /^(?:ThrottlingException|InternalFailure|InternalException|ServiceUnavailable)$/;

/** Rules match on these. docs/alert-event.schema.json describes the detail. */
const SOURCE = 'notafter';
const DETAIL_TYPE = 'NotAfter Alert';

/**
 * Puts an event on a bus for each alert of a digest, so that what can be automated (a renewal, a ticket) is. A digest that
 * is handed over again makes the same events again: `detail.alert.id` tells them apart.
 */
export function eventBridgeChannel(
  client: EventBridgeClient,
  bus: string,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Channel {
  return {
    name: 'events',
    async deliver(digest) {
      for (const entries of batches(digest.alerts.map((alert) => entryOf(alert, digest, bus)))) {
        await put(client, entries, pause);
      }
    },
  };
}

/** The detail of an event: one alert, and the message that it is part of. */
function eventDetail(alert: Alert, { id, class: kind, createdAt, owner, severity, omitted }: Digest) {
  return { version: 1, digest: { id, class: kind, createdAt, owner, severity, omitted }, alert };
}

function entryOf(alert: Alert, digest: Digest, bus: string): PutEventsRequestEntry {
  const details = LENGTHS.map((length) => safeJson(eventDetail(shortened(alert, length), digest)));
  return {
    Source: SOURCE,
    DetailType: DETAIL_TYPE,
    EventBusName: bus,
    Time: new Date(alert.decidedAt),
    Detail: details.find((each) => Buffer.byteLength(each) + FRAME_BYTES <= MOST_BYTES) ?? details.at(-1),
  };
}

/** Long names fill a request, and no rule matches on their end. */
function shortened(alert: Alert, length: number): Alert {
  const cut = (text: string) => text.slice(0, length).toWellFormed();
  return {
    ...alert,
    message: cut(alert.message),
    advice: cut(alert.advice),
    ...(alert.label === undefined ? {} : { label: cut(alert.label) }),
    ...(alert.issuer === undefined ? {} : { issuer: cut(alert.issuer) }),
    ...(alert.command === undefined ? {} : { command: cut(alert.command) }),
    ...(alert.affects === undefined ? {} : { affects: alert.affects.map(cut) }),
  };
}

function* batches(entries: readonly PutEventsRequestEntry[]): Generator<readonly PutEventsRequestEntry[]> {
  let batch: PutEventsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.Detail ?? '') + FRAME_BYTES;
    if (batch.length === MOST_ENTRIES || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** A request that succeeds may have taken some of its entries only: those that have an id. */
async function put(
  client: EventBridgeClient,
  entries: readonly PutEventsRequestEntry[],
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  let rest = entries;
  for (let attempt = 1; ; attempt += 1) {
    const results = await send(client, rest);
    const refused = rest.flatMap((entry, index) => {
      const { EventId: id, ErrorCode: code = 'no answer', ErrorMessage: why = '' } = results[index] ?? {};
      return id === undefined ? [{ entry, code, why }] : [];
    });
    if (refused.length === 0) return;
    const lasting = refused.find(({ code }) => code !== 'no answer' && !PASSING.test(code));
    const { code, why } = lasting ?? (refused[0] as (typeof refused)[number]);
    if (attempt === ATTEMPTS) {
      const count = refused.length === 1 ? '1 event' : `${refused.length} events`;
      const error = new Error(`the event bus refused ${count}: ${code}${why === '' ? '' : `: ${why}`}`);
      throw Object.assign(error, { permanent: lasting !== undefined });
    }
    rest = refused.map(({ entry }) => entry);
    await pause(100 * 2 ** attempt * Math.random());
  }
}

/** What became of each entry. An error of the whole request is the bus's, unless it says that the request is wrong. */
async function send(
  client: EventBridgeClient,
  entries: readonly PutEventsRequestEntry[],
): Promise<readonly PutEventsResultEntry[]> {
  try {
    const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries: [...entries] }));
    return results;
  } catch (cause) {
    const { name, message } = cause as Error;
    const error = new Error(`the event bus did not take it: ${name}: ${message}`, { cause });
    throw Object.assign(error, { permanent: name === 'ValidationException' });
  }
}
