import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Alert, Digest } from '../core/alert.ts';
import type { Channel } from './channel.ts';
import { safeJson } from './safe-json.ts';

/** "PutEvents accepts up to 10 entries", each request at most 256 KB (EventBridge User Guide, quotas); half of it is enough. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 120_000;
const LONGEST_TEXT = 2_000;
const ATTEMPTS = 4;

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
function eventDetail(alert: Alert, { id, class: kind, createdAt, owner, severity }: Digest) {
  return { version: 1, digest: { id, class: kind, createdAt, owner, severity }, alert: shortened(alert) };
}

function entryOf(alert: Alert, digest: Digest, bus: string): PutEventsRequestEntry {
  return {
    Source: SOURCE,
    DetailType: DETAIL_TYPE,
    EventBusName: bus,
    Time: new Date(alert.decidedAt),
    Detail: safeJson(eventDetail(alert, digest)),
  };
}

/** Long names fill a request, and no rule matches on their end. */
function shortened(alert: Alert): Alert {
  const cut = (text: string) => text.slice(0, LONGEST_TEXT).toWellFormed();
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
    const size = Buffer.byteLength(entry.Detail ?? '') + 200;
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

/** A request that succeeds may have taken some of its entries only. */
async function put(
  client: EventBridgeClient,
  entries: readonly PutEventsRequestEntry[],
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  let rest = entries;
  for (let attempt = 1; ; attempt += 1) {
    const { Entries: results = [] } = await client
      .send(new PutEventsCommand({ Entries: [...rest] }))
      .catch((error: Error) => {
        throw new Error(`the event bus did not take it: ${error.name}: ${error.message}`, { cause: error });
      });
    const refused = rest
      .map((entry, index) => ({ entry, result: results[index] }))
      .filter(({ result }) => result?.ErrorCode !== undefined);
    const [first] = refused;
    if (first === undefined) return;
    if (attempt === ATTEMPTS) {
      const { ErrorCode: code, ErrorMessage: message } = first.result ?? {};
      throw new Error(`the event bus refused ${refused.length} events: ${code}: ${message}`);
    }
    rest = refused.map(({ entry }) => entry);
    await pause(100 * 2 ** attempt * Math.random());
  }
}
