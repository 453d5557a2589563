import type { Acknowledgement } from '../core/acknowledgement.ts';
import { batchWrite } from './batch.ts';
import { itemOf, recordOf, ttlAfter } from './codec.ts';
import { queryItems } from './query.ts';
import { ACKNOWLEDGEMENTS, type Key } from './schema.ts';
import type { Table } from './table.ts';

/** One that is over stays for the record, as long as the messages that it kept back would have. */
const KEPT_DAYS = 400;

/** Stores an acknowledgement; one with the same id is replaced. It counts from the next look at what it covers. */
export async function putAcknowledgement(table: Table, acknowledgement: Acknowledgement): Promise<void> {
  const { id, until } = acknowledgement;
  await batchWrite(table, [{ put: itemOf(keyOf(id), acknowledgement, { ttl: ttlAfter(until, KEPT_DAYS) }) }]);
}

/** Every acknowledgement that is kept, those that are over included, by id. */
export async function listAcknowledgements(table: Table): Promise<readonly Acknowledgement[]> {
  const found: Acknowledgement[] = [];
  for await (const item of queryItems(table, { partition: ACKNOWLEDGEMENTS })) {
    const blank = { id: '', scope: {}, reason: '', from: '', until: '', createdAt: '' };
    const acknowledgement = recordOf<Acknowledgement>(item, blank);
    // One that names nothing would silence everything.
    if (Object.keys(acknowledgement.scope).length > 0) found.push(acknowledgement);
  }
  return found;
}

/** Takes it back: what it kept quiet speaks after the next look, where it is still so. */
export async function removeAcknowledgement(table: Table, id: string): Promise<void> {
  await batchWrite(table, [{ remove: keyOf(id) }]);
}

const keyOf = (id: string): Key => ({ pk: ACKNOWLEDGEMENTS, sk: id });
