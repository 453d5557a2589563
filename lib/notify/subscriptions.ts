import { paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns';

/** Who gets what is published, and who would if they had confirmed. */
export interface Subscriptions {
  readonly confirmed: number;
  readonly pending: number;
  readonly list: readonly {
    readonly protocol: string;
    /** A mail address, a number, an ARN. */
    readonly endpoint: string;
    readonly confirmed: boolean;
  }[];
}

/** SNS deletes a subscription that nobody confirms within two days, so the list alone tells who is missing. */
export async function subscriptionsOf(client: SNSClient, topic: string): Promise<Subscriptions> {
  const list: Subscriptions['list'][number][] = [];
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topic })) {
    for (const {
      Protocol: protocol = '',
      Endpoint: endpoint = '',
      SubscriptionArn: arn,
    } of page.Subscriptions ?? []) {
      list.push({ protocol, endpoint, confirmed: arn !== 'PendingConfirmation' && arn !== 'Deleted' });
    }
  }
  const confirmed = list.filter((each) => each.confirmed).length;
  return { confirmed, pending: list.length - confirmed, list };
}
