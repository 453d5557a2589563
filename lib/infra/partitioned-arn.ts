import { Aws } from 'aws-cdk-lib';

/** An ARN in whatever partition the stack is deployed to. @param rest What follows `arn:<partition>:`. */
export function partitionedArn(rest: string): string {
  return `arn:${Aws.PARTITION}:${rest}`;
}
