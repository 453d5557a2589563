import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TargetRecord } from '../core/inventory.ts';
import { batchGet } from './batch.ts';
import { itemOf } from './codec.ts';
import { queryItems } from './query.ts';
import { keyPart, listedPartition, SORT_KEYS, targetPartition } from './schema.ts';
import type { Table } from './table.ts';
import { putTarget, targetRecordOf } from './targets.ts';

/**
 * Writes the record of a target that a source listed. Its name among what the source lists comes first: a record
 * without one would never be found missing.
 *
 * @param source Its id, as in `SourceHealth`.
 */
export async function putDiscovered(table: Table, source: string, record: TargetRecord): Promise<void> {
  const { id } = record.target;
  const item = itemOf({ pk: listedPartition(source), sk: keyPart(id) }, { target: id });
  await table.client.send(new PutCommand({ TableName: table.name, Item: item }));
  await putTarget(table, record);
}

/** What a source has listed and nobody else defined since, by id. Withdrawn targets are among it. */
export async function listDiscovered(table: Table, source: string): Promise<Map<string, TargetRecord>> {
  const ids: string[] = [];
  for await (const { target } of queryItems(table, { partition: listedPartition(source) })) {
    ids.push(String(target));
  }
  const keys = ids.map((id) => ({ pk: targetPartition(id), sk: SORT_KEYS.target }));
  const records = (await batchGet(table, keys)).map(targetRecordOf).filter((each) => each !== undefined);
  return new Map(
    records
      .filter(({ origin, config }) => origin === 'discovered' && config === source)
      .map((record) => [record.target.id, record]),
  );
}
