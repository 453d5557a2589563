import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { itemOf } from './codec.ts';
import { leaseKey } from './schema.ts';
import type { Table } from './table.ts';
import { putIf, unlessConditionFails } from './write.ts';

/**
 * Takes or prolongs the lease `name` for `holder` until `ttlMs` milliseconds after `now`; false where another holder
 * has it. Clocks of different hosts must agree to well within `ttlMs`.
 */
export async function acquireLease(
  table: Table,
  name: string,
  holder: string,
  now: Date,
  ttlMs: number,
): Promise<boolean> {
  const item = itemOf(leaseKey(name), { holder, expiresAt: now.getTime() + ttlMs });
  return putIf(table, item, {
    expression: 'attribute_not_exists(pk) OR expiresAt <= :now OR holder = :holder',
    values: { ':now': now.getTime(), ':holder': holder },
  });
}

/** Gives the lease back, unless it passed to another holder in the meantime. */
export async function releaseLease(table: Table, name: string, holder: string): Promise<void> {
  await unlessConditionFails(
    table.client.send(
      new DeleteCommand({
        TableName: table.name,
        Key: leaseKey(name),
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: { ':holder': holder },
      }),
    ),
  );
}
