import type { Alert } from '../core/alert.ts';
import type { Rung } from '../core/ladder.ts';
import { newlySaid, type Said, saidName, unsaidBy } from '../core/said.ts';
import { batchGet, batchWrite } from './batch.ts';
import { itemOf, ttlAfter } from './codec.ts';
import { certificatePartition, type Key, keyPart, SORT_KEYS } from './schema.ts';
import type { Table } from './table.ts';

const KEPT_DAYS = 400;

/** What was said of the certificates that these alerts are about. */
export async function readSaid(table: Table, alerts: readonly Alert[]): Promise<Said> {
  const names = new Map<string, string>();
  const keys: Key[] = [];
  for (const alert of alerts) {
    const name = saidName(alert);
    if (name === null || names.has(nameOf(keyOf(alert)))) continue;
    keys.push(keyOf(alert));
    names.set(nameOf(keyOf(alert)), name);
  }
  const items = await batchGet(table, keys);
  return new Map(items.map(({ pk, sk, rung }) => [names.get(`${pk} ${sk}`) ?? '', rung as Rung] as const));
}

/** Notes what stored digests are going to say, and forgets what they call over. Repeating it changes nothing. */
export async function noteSaid(table: Table, alerts: readonly Alert[], said: Said): Promise<void> {
  const over = new Set(unsaidBy(alerts));
  const gone = alerts.filter((alert) => over.has(saidName(alert) ?? ''));
  await batchWrite(
    table,
    [...new Map(gone.map((alert) => [saidName(alert), alert])).values()].map((alert) => ({
      remove: keyOf(alert),
    })),
  );
  const news = [...newlySaid(alerts, said)].filter(([name]) => !over.has(name)).map(([, alert]) => alert);
  await batchWrite(
    table,
    news.map((alert) => ({
      put: itemOf(
        keyOf(alert),
        { rung: alert.rung, at: alert.decidedAt },
        { ttl: ttlAfter(alert.decidedAt, KEPT_DAYS) },
      ),
    })),
  );
}

function keyOf({ fingerprint, owner }: Alert): Key {
  return { pk: certificatePartition(fingerprint ?? ''), sk: `${SORT_KEYS.said}${keyPart(owner ?? '-')}` };
}

const nameOf = ({ pk, sk }: Key) => `${pk} ${sk}`;
