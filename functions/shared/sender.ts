import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Send } from '../../lib/run/queues.ts';
import { slices } from '../../lib/store/parallel.ts';

const BATCH = 10;
const ATTEMPTS = 4;

/** Puts messages on a queue, ten at a time. What was refused of a batch is sent again; then it is an error. */
export function sender(client: SQSClient, url: string): Send {
  return async (bodies) => {
    for (const slice of slices(bodies, BATCH)) {
      let rest = slice.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      for (let attempt = 1; rest.length > 0; attempt += 1) {
        const { Failed: failed = [] } = await client
          .send(new SendMessageBatchCommand({ QueueUrl: url, Entries: rest }))
          .catch((error: Error) => {
            throw new Error(`the queue ${url} takes no messages: ${error.message}`, { cause: error });
          });
        if (failed.length > 0 && (attempt === ATTEMPTS || failed.some(({ SenderFault }) => SenderFault))) {
          throw new Error(
            `the queue ${url} refused ${failed.length} messages: ${failed[0]?.Message ?? failed[0]?.Code}`,
          );
        }
        const ids = new Set(failed.map(({ Id }) => Id));
        rest = rest.filter(({ Id }) => ids.has(Id));
        if (rest.length > 0) await pause(100 * 2 ** attempt * Math.random());
      }
    }
  };
}
