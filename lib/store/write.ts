import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Item } from './codec.ts';
import type { Key } from './schema.ts';
import type { Table } from './table.ts';

/** What must hold of the stored item for a write to happen. */
export interface Condition {
  readonly expression: string;
  readonly values?: Record<string, unknown>;
}

/** Puts the item where the condition holds; false where it does not. */
export async function putIf(table: Table, item: Item, { expression, values }: Condition): Promise<boolean> {
  return unlessConditionFails(
    table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: item,
        ConditionExpression: expression,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      }),
    ),
  );
}

/**
 * Sets the given attributes of one item and removes those that are undefined; false where the condition does not
 * hold. Attributes in `once` are set only where the item lacks them.
 */
export async function updateIf(
  table: Table,
  key: Key,
  attributes: Item,
  condition?: Condition,
  once: readonly string[] = [],
): Promise<boolean> {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = { ...condition?.values };
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [index, [name, value]] of Object.entries(attributes).entries()) {
    names[`#${index}`] = name;
    if (value === undefined) {
      removes.push(`#${index}`);
    } else {
      values[`:${index}`] = value;
      sets.push(`#${index} = ${once.includes(name) ? `if_not_exists(#${index}, :${index})` : `:${index}`}`);
    }
  }
  const update = [
    sets.length === 0 ? '' : `SET ${sets.join(', ')}`,
    removes.length === 0 ? '' : `REMOVE ${removes.join(', ')}`,
  ];
  return unlessConditionFails(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { pk: key.pk, sk: key.sk },
        UpdateExpression: update.join(' ').trim(),
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        ...(condition === undefined ? {} : { ConditionExpression: condition.expression }),
      }),
    ),
  );
}

/** True when `request` succeeds, false when its condition did not hold; every other failure is thrown. */
export async function unlessConditionFails(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** The item of a write would exceed 400 KB. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

/** Deletes an item where the condition holds; one that is not there, or where it does not, is left as it is. */
export async function deleteIf(table: Table, key: Key, { expression, values }: Condition): Promise<void> {
  await unlessConditionFails(
    table.client.send(
      new DeleteCommand({
        TableName: table.name,
        Key: { pk: key.pk, sk: key.sk },
        ConditionExpression: expression,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      }),
    ),
  );
}
