import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logger } from './observe.ts';

/**
 * Deals with the messages of a batch one by one. A message that fails goes back to its queue, and after a few times to
 * the dead letters; it never takes the others with it.
 */
export async function eachMessage(
  event: SQSEvent,
  handle: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of event.Records) {
    try {
      await handle(record);
    } catch (error) {
      const { name, message } = error as Error;
      logger.error('message goes back to its queue', {
        messageId: record.messageId,
        error: `${name}: ${message}`,
      });
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}
