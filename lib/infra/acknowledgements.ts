import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const TRACING =
  'One line per batch tells what was done; traces of a million handshakes would tell no more, and cost more.';

/** Findings of cdk-nag that are no faults here, by what they are about, with the reason. */
export const REASONS = {
  deadLetters: {
    'Serverless::Serverless-SQSRedrivePolicy': 'It is a dead-letter queue itself: an alarm watches it.',
    'AwsSolutions::AwsSolutions-SQS3': 'It is where invocations or subscriptions leave what failed for good.',
  },
  queueDriven: {
    'Serverless::Serverless-LambdaDLQ': 'A queue drives it, and that queue has its dead letters.',
    'Serverless::Serverless-LambdaEventSourceMappingDestination':
      'Destinations are for streams: the queue itself puts aside what fails for good.',
    'Serverless::Serverless-LambdaTracing': TRACING,
  },
  scheduled: {
    'Serverless::Serverless-LambdaDLQ':
      'It has an on-failure destination, which keeps the error with the event.',
    'Serverless::Serverless-LambdaTracing': TRACING,
  },
} as const;

/** Accepts findings at a construct and below it. */
export function acknowledge(at: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(at).acknowledge({ id, reason });
}

/** Accepts wildcards in the permissions of a role, each by name: a new one is a finding again. */
export function acknowledgeWildcards(role: IConstruct, wildcards: Readonly<Record<string, string>>): void {
  for (const [resource, reason] of Object.entries(wildcards)) {
    acknowledge(role, { [`AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`]: reason });
  }
  const reason = Object.values(wildcards).join(' ');
  if (reason !== '') acknowledge(role, { 'Serverless::Serverless-LambdaStarPermissions': reason });
}
