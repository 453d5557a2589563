import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { itemOf } from './codec.ts';
import { leaseKey } from './schema.ts';
import type { Table } from './table.ts';
import { deleteIf, putIf, unlessConditionFails } from './write.ts';

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

/** Takes away a lease that ends after `latest`, which only a clock that was ahead can have promised. */
export async function forgetLease(table: Table, name: string, latest: Date): Promise<void> {
  const condition = { expression: 'expiresAt > :latest', values: { ':latest': latest.getTime() } };
  await deleteIf(table, leaseKey(name), condition);
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
