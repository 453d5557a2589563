import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AlertRoutes } from '../../config/deployment.ts';
import { TEXTED } from '../../config/texted-rungs.ts';

export interface AlertTopicOptions {
  readonly routes: AlertRoutes;
  readonly key?: IKey | undefined;
  /** Where a message ends that a subscriber's protocol did not take. */
  readonly undelivered: IQueue;
}

/**
 * The topic with its subscriptions. The default mail route is unfiltered: alarms of CloudWatch carry no attributes, and
 * they have to arrive.
 */
export function alertTopic(scope: Construct, { routes, key, undelivered }: AlertTopicOptions): Topic {
  const topic = new Topic(scope, 'Alerts', {
    displayName: 'NotAfter',
    enforceSSL: true,
    ...(key === undefined ? {} : { masterKey: key }),
  });
  // The policy that demands TLS takes the place of the one by which alarms could publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublish',
      actions: ['sns:Publish'],
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  for (const { address, owners } of recipients(routes, 'email')) {
    const filterPolicy = owners === null ? {} : { filterPolicy: { owner: allow(owners) } };
    topic.addSubscription(new EmailSubscription(address, { ...filterPolicy, deadLetterQueue: undelivered }));
  }
  for (const { address, owners } of recipients(routes, 'sms')) {
    // Whether there is anything left of the budget is said by the publisher, who alone can count.
    const filterPolicy = {
      rung: allow([...TEXTED]),
      sms: allow(['yes']),
      ...(owners === null ? {} : { owner: allow(owners) }),
    };
    // SmsSubscription would leave the dead letters out.
    new Subscription(topic, address, {
      topic,
      protocol: SubscriptionProtocol.SMS,
      endpoint: address,
      filterPolicy,
      deadLetterQueue: undelivered,
    });
  }
  return topic;
}

function allow(allowlist: readonly string[]): SubscriptionFilter {
  return SubscriptionFilter.stringFilter({ allowlist: [...allowlist] });
}

/** Each address once: a topic keeps one subscription for it. Owners are null for the default route. */
function recipients(
  routes: AlertRoutes,
  protocol: 'email' | 'sms',
): { readonly address: string; readonly owners: readonly string[] | null }[] {
  const found = new Map<string, string[] | null>(routes[protocol].map((address) => [address, null]));
  for (const [owner, own] of Object.entries(routes.owners)) {
    for (const address of own[protocol]) {
      const owners = found.get(address);
      if (owners === undefined) found.set(address, [owner]);
      else owners?.push(owner);
    }
  }
  return [...found].map(([address, owners]) => ({ address, owners }));
}
