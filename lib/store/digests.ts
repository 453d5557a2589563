import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Digest } from '../core/alert.ts';
import { omits } from '../core/digest.ts';
import { toInstant } from '../core/instant.ts';
import { type Item, itemOf, recordOf, ttlAfter } from './codec.ts';
import { itemsBehind, queryItems } from './query.ts';
import { DIGESTS, type Key, UNDELIVERED } from './schema.ts';
import type { Table } from './table.ts';
import { isTooLarge, putIf, unlessConditionFails } from './write.ts';

const KEPT_DAYS = 400;

/**
 * Stores a digest before it is sent and returns it as stored: that is the one to send. One that is stored already
 * stays as it is, deliveries included. Where long texts make it larger than an item, it is stored without the least
 * urgent half of its alerts: a first look counts them in `omitted`, and of any other the caller has to store the rest.
 */
export async function putDigest(table: Table, digest: Digest): Promise<Digest> {
  const item = itemOf(keyOf(digest), digest, {
    ...(digest.done ? {} : { gsi1: [UNDELIVERED, keyOf(digest).sk] as const }),
    ttl: ttlAfter(digest.createdAt, KEPT_DAYS),
  });
  try {
    if (await putIf(table, item, { expression: 'attribute_not_exists(pk)' })) return digestOf(item);
  } catch (error) {
    if (!isTooLarge(error) || digest.alerts.length < 2) throw error;
    const kept = Math.ceil(digest.alerts.length / 2);
    const omitted = omits(digest.class) ? digest.omitted + digest.alerts.length - kept : 0;
    return putDigest(table, { ...digest, alerts: digest.alerts.slice(0, kept), omitted });
  }
  const { Item: stored } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: keyOf(digest), ConsistentRead: true }),
  );
  return digestOf(stored ?? item);
}

/** Digests created in a span of time, both ends inclusive to the second, oldest first. Everything when left out. */
export async function* listDigests(
  table: Table,
  { since, until }: { readonly since?: Date; readonly until?: Date } = {},
): AsyncGenerator<Digest, void, undefined> {
  const from = since === undefined ? '0' : toInstant(since);
  const to = until === undefined ? '~' : `${toInstant(until)}#~`;
  if (from > to) return;
  for await (const item of queryItems(table, { partition: DIGESTS, between: [from, to] }))
    yield digestOf(item);
}

/** Digests that some channel has not accepted yet, oldest first. */
export async function* undeliveredDigests(table: Table): AsyncGenerator<Digest, void, undefined> {
  for await (const item of itemsBehind(table, queryItems(table, { index: 'gsi1', partition: UNDELIVERED }))) {
    const digest = digestOf(item);
    if (!digest.done) yield digest;
  }
}

/**
 * Notes that `channel` accepted a stored digest. Other channels may be noted at the same time.
 *
 * @param at ISO 8601 UTC.
 * @param done Every configured channel has accepted it.
 */
export async function markDelivered(
  table: Table,
  digest: Digest,
  channel: string,
  at: string,
  done: boolean,
): Promise<void> {
  await unlessConditionFails(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: keyOf(digest),
        UpdateExpression: `SET delivered.#channel = :at${done ? ', done = :done REMOVE gsi1pk, gsi1sk' : ''}`,
        ExpressionAttributeNames: { '#channel': channel },
        ExpressionAttributeValues: { ':at': at, ...(done ? { ':done': true } : {}) },
        // One that is gone by now (it may be 400 days old) must not come back as a fragment.
        ConditionExpression: 'attribute_exists(pk)',
      }),
    ),
  );
}

function digestOf(item: Item): Digest {
  return recordOf<Digest>(item, {
    id: '',
    createdAt: '',
    owner: null,
    severity: 'info',
    class: 'news',
    alerts: [],
    omitted: 0,
    channels: [],
    delivered: {},
    done: false,
  });
}

function keyOf({ id, createdAt }: Digest): Key {
  return { pk: DIGESTS, sk: `${createdAt}#${id}` };
}
