import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
} from '@aws-sdk/client-sns';

/** Who gets what is published, and who would if they had confirmed. */
export interface Subscriptions {
  readonly confirmed: number;
  readonly pending: number;
  readonly list: readonly {
    readonly protocol: string;
    /** A mail address, a number, an ARN. */
    readonly endpoint: string;
    readonly confirmed: boolean;
    /** Null while it is not confirmed. */
    readonly arn: string | null;
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
      const own = arn?.startsWith('arn:') === true ? arn : null;
      list.push({ protocol, endpoint, confirmed: own !== null, arn: own });
    }
  }
  const confirmed = list.filter((each) => each.confirmed).length;
  return { confirmed, pending: list.length - confirmed, list };
}

/** The owners that have routes of their own: what the filters of confirmed subscriptions ask for. */
export async function ownersOf(client: SNSClient, { list }: Subscriptions): Promise<readonly string[]> {
  const owners = new Set<string>();
  for (const { arn } of list) {
    if (arn === null) continue;
    const { Attributes: attributes } = await client.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }),
    );
    for (const owner of filteredOwners(attributes?.['FilterPolicy'])) owners.add(owner);
  }
  return [...owners].sort();
}

/** Anybody may have subscribed with a filter of their own making. */
function filteredOwners(policy: string | undefined): readonly string[] {
  try {
    const { owner } = JSON.parse(policy ?? '{}') as { readonly owner?: unknown };
    return Array.isArray(owner) ? owner.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
