import { type AwsPlace, awsTargetId } from '../../core/target.ts';

/** An ARN names account and region itself: a domain may use a certificate of another region (us-east-1 for edge). */
export function acmTargetId(arn: string, fallback: AwsPlace): string {
  const [, , , region = '', account = '', ...resource] = arn.split(':');
  const name = resource.join(':').replace(/^certificate\//, '');
  const place = { account: account || fallback.account, region: region || fallback.region };
  return awsTargetId('acm', place, name);
}
