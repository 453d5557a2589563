import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge, REASONS } from '../acknowledgements.ts';

/** A queue in front of a function, and where its messages end that nobody could deal with. */
export interface QueueWithDeadLetters {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** A message that failed this often will fail again. */
const ATTEMPTS = 5;

/** @param timeout Of the function behind it: a message stays hidden for six times that (Lambda Developer Guide, "SQS"). */
export function queueWithDeadLetters(scope: Construct, id: string, timeout: Duration): QueueWithDeadLetters {
  const deadLetters = deadLetterQueue(scope, `${id}DeadLetters`);
  const queue = new Queue(scope, `${id}Queue`, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
    retentionPeriod: Duration.days(1),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: ATTEMPTS },
  });
  return { queue, deadLetters };
}

/** Where something ends that could not be delivered. It is kept as long as SQS keeps anything. */
export function deadLetterQueue(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, REASONS.deadLetters);
  return queue;
}
