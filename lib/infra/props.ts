import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RevocationSource } from '../config/probing.ts';
import type { StartTls } from '../core/endpoint.ts';
import type { StoreName } from '../core/reach.ts';
import type { NetworkPlacement } from './constructs/role-function.ts';

/** What a `CertificateMonitor` is to watch, and whom it tells. Everything is optional. */
export interface CertificateMonitorProps {
  /**
   * TLS endpoints: `host`, `host:port`, `[v6]:port`, any of these with `/protocol`, or with more to say.
   *
   * @default only what is found in the account
   */
  readonly endpoints?: readonly (string | EndpointProps)[];

  /**
   * Who hears about a certificate, unless an endpoint says otherwise.
   *
   * @default nobody in particular
   */
  readonly owner?: string;

  /**
   * Rungs of the expiry ladder that replace the built-in ones: days, hours or a percentage, as
   * `{ leaf: { warning: '20d' }, ca: { notice: '400d' } }`.
   *
   * @default the ladder of docs/checks.md
   */
  readonly thresholds?: ThresholdProps;

  /**
   * Owner, tags, rungs and interval for all targets of a kind, such as `{ acm: { owner: 'platform' } }`.
   *
   * @default those of the monitor
   */
  readonly kinds?: Readonly<Partial<Record<TargetKindName, KindProps>>>;

  /**
   * Who owns what nobody was named for: the first rule that fits counts.
   *
   * @default `owner`
   */
  readonly ownership?: readonly OwnershipProps[];

  /**
   * Failures in a row before "could not observe" is said.
   *
   * @default 3
   */
  readonly unreachableAfter?: number;

  /**
   * Trust stores that paths are built to, each judged apart: `mozilla`, and `system`, which is that of the Lambda runtime.
   *
   * @default ['mozilla']
   */
  readonly stores?: readonly StoreName[];

  /**
   * Where the egress guard lets connections go besides public addresses: `private`, or address blocks such as
   * `10.1.0.0/16`. Endpoints of a network are let through to private addresses without it.
   *
   * @default nowhere
   */
  readonly allow?: 'private' | readonly string[];

  /**
   * An HTTP proxy to connect through, such as `http://proxy.example.com:3128`, without a password.
   *
   * @default none
   */
  readonly proxy?: string;

  /**
   * Every address is judged before it is connected to, so that a name in DNS leads nobody into a network of yours.
   *
   * @default true
   */
  readonly egressGuard?: boolean;

  /**
   * Whether the issuers of what is served are asked whether they revoked it: by their CRLs, or by OCSP as well.
   *
   * @default 'crl'
   */
  readonly revocation?: RevocationSource;

  /**
   * Ids of optional checks that speak, too, or `all` (docs/checks.md).
   *
   * @default none of them
   */
  readonly checks?: 'all' | readonly string[];

  /**
   * Connections to one address per second, 1 to 1000.
   *
   * @default 50
   */
  readonly connectionsPerSecond?: number;

  /**
   * Who is told by mail and text message.
   *
   * @default nobody; subscribe to `topic` yourself
   */
  readonly alerts?: AlertProps;

  /**
   * A webhook, whose address lies in Secrets Manager.
   *
   * @default none
   */
  readonly webhook?: WebhookProps;

  /**
   * What is read in AWS accounts.
   *
   * @default ACM and API Gateway of the stack's account, in its region and in us-east-1
   */
  readonly aws?: AwsProps;

  /**
   * Subnets that endpoints can be probed from, by the name that `EndpointProps.network` uses.
   *
   * @default everything is probed over the internet
   */
  readonly networks?: Readonly<Record<string, NetworkPlacement>>;

  /**
   * The inventory goes with the stack, and nothing protects it from being deleted.
   *
   * @default false
   */
  readonly throwAway?: boolean;

  /**
   * A CloudWatch dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * A key of your own for the table and the topic. CloudWatch must be allowed to use it, or alarms do not arrive.
   *
   * @default keys of AWS
   */
  readonly encryptionKey?: IKey;

  /**
   * How long logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** A kind of target: what is probed, and what is found in an account. */
type TargetKindName = 'endpoint' | 'truststore' | 'acm' | 'domain' | 'client-certificate';

/** What holds for a kind of target. */
interface KindProps {
  /** @default the monitor's */
  readonly owner?: string;
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** @default the monitor's */
  readonly thresholds?: ThresholdProps;
  /** @default the nearer the end, the more often */
  readonly every?: string;
}

/** A rule of ownership: everything that it names has to fit. */
interface OwnershipProps {
  readonly owner: string;
  /**
   * Patterns such as `*.pay.example.com`, of server names, domains, ARNs and paths.
   *
   * @default any name
   */
  readonly names?: readonly string[];
  /**
   * Tags with these values: those of endpoints, and those that AWS keeps.
   *
   * @default any tags
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** @default any kind */
  readonly kinds?: readonly TargetKindName[];
  /**
   * Accounts, regions, or both as `111122223333/eu-west-1`.
   *
   * @default any
   */
  readonly places?: readonly string[];
}

/** An endpoint that needs more than its name. */
export interface EndpointProps {
  /** `host`, `host:port` or `[v6]:port`, any of these with `/protocol`. */
  readonly endpoint: string;
  /**
   * The protocol to ask for TLS, or `tls` for TLS from the first byte.
   *
   * @default what the port implies
   */
  readonly starttls?: StartTls | 'tls';
  /**
   * The name to ask for (SNI) and to expect.
   *
   * @default the host
   */
  readonly serverName?: string;
  /**
   * @default the monitor's
   */
  readonly owner?: string;
  /**
   * @default none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * @default the monitor's
   */
  readonly thresholds?: ThresholdProps;
  /**
   * How often to look, such as `6h`; not more often than every 15 minutes.
   *
   * @default the nearer the end, the more often
   */
  readonly every?: string;
  /**
   * The network to probe from.
   *
   * @default the internet
   */
  readonly network?: string;
  /** @default the monitor's */
  readonly stores?: readonly StoreName[];
  /** @default the monitor's */
  readonly allow?: 'private' | readonly string[];
  /** @default the monitor's */
  readonly proxy?: string;
}

/** Rungs by ladder: `30d`, `36h`, `20%`. */
export interface ThresholdProps {
  /** @default the ladder of docs/checks.md */
  readonly leaf?: Readonly<Partial<Record<'notice' | 'warning' | 'critical' | 'last', string>>>;
  /** @default the ladder of docs/checks.md */
  readonly ca?: Readonly<
    Partial<Record<'notice' | 'notice-again' | 'warning' | 'critical' | 'last', string>>
  >;
}

/** Whom to tell. */
export interface AlertProps {
  /**
   * Mail addresses. Each has to be confirmed within two days.
   *
   * @default none
   */
  readonly email?: readonly string[];
  /**
   * Numbers such as `+15551234567`. They hear of the rungs `last` and `expired` only.
   *
   * @default none
   */
  readonly sms?: readonly string[];
  /**
   * Routes for the targets of one owner, besides the above.
   *
   * @default none
   */
  readonly owners?: Readonly<
    Record<string, { readonly email?: readonly string[]; readonly sms?: readonly string[] }>
  >;
  /**
   * How often what is critical is recalled until it is over, such as `1d`, or `never`.
   *
   * @default 3d
   */
  readonly remindEvery?: string;
  /**
   * When a larger part of a run newly fails, it is the monitor that is impaired.
   *
   * @default 50%
   */
  readonly impairedShare?: string;
  /**
   * An event for each alert on the account's default event bus.
   *
   * @default true
   */
  readonly events?: boolean;
  /**
   * Text messages per month, to all numbers together. The last one says that the budget is used.
   *
   * @default 100
   */
  readonly smsPerMonth?: number;
}

/** A webhook of a deployed monitor. */
interface WebhookProps {
  /** Name or ARN of a secret with the address as its value, or `{"url": "https://…", "key": "…"}`. */
  readonly secret: string;
  /**
   * What the receiver understands: NotAfter's own JSON, or what Slack's incoming webhooks take.
   *
   * @default json
   */
  readonly format?: 'json' | 'slack';
}

/** What to read in AWS. */
export interface AwsProps {
  /**
   * Regions of ACM and API Gateway. us-east-1 is added: certificates of edge-optimized domains are there.
   *
   * @default the stack's region
   */
  readonly regions?: readonly string[];
  /**
   * Other accounts, and the read-only role there (`NotAfterReader` unless named).
   *
   * @default none
   */
  readonly accounts?: readonly {
    readonly id: string;
    readonly role?: string;
    readonly externalId?: string;
  }[];
  /**
   * `bucket` or `bucket/prefix`: truststores that may be read.
   *
   * @default none; what cannot be read is reported
   */
  readonly truststores?: readonly string[];
  /**
   * @default both
   */
  readonly sources?: { readonly acm?: boolean; readonly apigateway?: boolean };
  /**
   * Custom domains found are probed, too.
   *
   * @default true
   */
  readonly probeDomains?: boolean;
  /**
   * The network that private custom domains are probed from.
   *
   * @default they are not probed
   */
  readonly privateDomains?: string;
}
