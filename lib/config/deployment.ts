import { DEFAULT_POLICY } from '../core/policy.ts';

/** What a configuration says about the monitor in an AWS account. One machine needs nothing of it. */
export interface Deployment {
  readonly alerts: AlertRoutes;
  /** VPCs that targets can be probed from, by name. */
  readonly networks: Readonly<Record<string, Network>>;
  readonly aws: AwsSettings;
  readonly stack: StackSettings;
}

/** Who is told. Without an owner's own route, alerts of that owner reach only the default one. */
export interface AlertRoutes extends Recipients {
  /** Hear about targets of that owner only, beside the default route. */
  readonly owners: Readonly<Record<string, Recipients>>;
  /** What is critical is recalled after this time, in milliseconds; null for never. */
  readonly remindEvery: number | null;
  /** See `Policy.impairedShare`. */
  readonly impairedShare: number;
  /** An event for each alert on the account's default event bus. */
  readonly events: boolean;
  /** Text messages that may be sent in one month (UTC), to all numbers together. */
  readonly smsPerMonth: number;
}

interface Recipients {
  /** Mail addresses. Each has to be confirmed by its owner within two days. */
  readonly email: readonly string[];
  /** Numbers in the E.164 form (`+15551234567`). They hear of the rungs `last` and `expired` only. */
  readonly sms: readonly string[];
}

interface Network {
  /** Id of the VPC. */
  readonly vpc: string;
  /** Ids of subnets from which the endpoints can be reached, and the table and the queues of AWS, too. */
  readonly subnets: readonly string[];
  /** Ids of the security groups of the probes. */
  readonly securityGroups: readonly string[];
}

export interface AwsSettings {
  /** Regions whose ACM and API Gateway are read; the stack's own where none is named. us-east-1 is added for edge. */
  readonly regions: readonly string[];
  readonly accounts: readonly MemberAccount[];
  /** `bucket` or `bucket/prefix`: where the truststores lie that may be read. */
  readonly truststores: readonly string[];
  readonly sources: { readonly acm: boolean; readonly apigateway: boolean };
  /** Custom domains are probed, too. */
  readonly probeDomains: boolean;
  /** The network that private custom domains are probed from; without one they are not. */
  readonly privateDomains?: string;
}

interface MemberAccount {
  /** Twelve digits. */
  readonly id: string;
  /** Name of the read-only role there. */
  readonly role: string;
  readonly externalId?: string;
}

interface StackSettings {
  /** Of the CloudFormation stack. */
  readonly name: string;
  /** The table goes with the stack, and nothing protects it from being deleted. */
  readonly throwAway: boolean;
  readonly dashboard: boolean;
  /** ARN of a key of the customer for the topic and the table. */
  readonly key?: string;
  /** How long logs are kept. */
  readonly logDays: number;
}

/** The name of the role that the template for member accounts creates. */
export const MEMBER_ROLE = 'NotAfterReader';

/** What holds where nothing is said. */
export const DEFAULT_DEPLOYMENT: Deployment = {
  alerts: {
    email: [],
    sms: [],
    owners: {},
    remindEvery: DEFAULT_POLICY.remindMs,
    impairedShare: DEFAULT_POLICY.impairedShare,
    events: true,
    smsPerMonth: 100,
  },
  networks: {},
  aws: {
    regions: [],
    accounts: [],
    truststores: [],
    sources: { acm: true, apigateway: true },
    probeDomains: true,
  },
  stack: { name: 'NotAfter', throwAway: false, dashboard: true, logDays: 30 },
};
