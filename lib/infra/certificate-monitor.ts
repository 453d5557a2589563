import { Annotations, Aws, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DEFINITIONS_FOLDER, type Deployable, deployableOf } from '../config/deployable.ts';
import type { AlertRoutes, AwsSettings } from '../config/deployment.ts';
import { ENVIRONMENT } from '../config/environment.ts';
import { configOfProps } from './config-of-props.ts';
import { Alarms } from './constructs/alarms.ts';
import { alertTopic } from './constructs/alert-topic.ts';
import { definitionsLayer } from './constructs/definitions-layer.ts';
import { inventoryTable } from './constructs/inventory-table.ts';
import { overview } from './constructs/overview.ts';
import { deadLetterQueue, type QueueWithDeadLetters, queueWithDeadLetters } from './constructs/queue.ts';
import { type NetworkPlacement, RoleFunction, type RoleFunctionProps } from './constructs/role-function.ts';
import { Schedules } from './constructs/schedules.ts';
import {
  eventStatement,
  memberStatements,
  secretStatements,
  sourceStatements,
  sourceWildcards,
  TABLE_USE,
  tableStatements,
} from './permissions.ts';
import type { CertificateMonitorProps } from './props.ts';

export type {
  AlertProps,
  AwsProps,
  CertificateMonitorProps,
  EndpointProps,
  ThresholdProps,
} from './props.ts';

/** What the construct is made from, whichever way it was said. */
export interface MonitorParts {
  readonly deployable: Deployable;
  readonly alerts: AlertRoutes;
  readonly aws: AwsSettings;
}

const PROBE_TIMEOUT = Duration.minutes(2);
const COLLECT_TIMEOUT = Duration.minutes(15);
const EVALUATE_TIMEOUT = Duration.minutes(4);
const DISPATCH_TIMEOUT = Duration.minutes(10);

/** "A math expression of an alarm can reference up to 10 metrics" (CloudWatch User Guide): one of them for each queue. */
const MOST_NETWORKS = 5;

/** Functions at once: enough for a million endpoints a day, and far from the limit of a small account. */
const PROBES_AT_ONCE = 20;
/** One per source would do; control planes are shared with everybody in the account. */
const COLLECTIONS_AT_ONCE = 2;

/**
 * Watches the certificates that the APIs of an account depend on: what ACM holds, what custom domains serve, which CAs
 * their truststores accept, and any other TLS endpoint. Keeps them in a table and announces each expiry in time.
 *
 * @example new CertificateMonitor(this, 'Certificates', { alerts: { email: ['api-team@example.com'] } })
 */
export class CertificateMonitor extends Construct {
  /** The inventory: what the command line queries with `--table`. */
  readonly table: TableV2;
  /** Every alert is published here, with the attributes severity, owner, kind, rung and event. */
  readonly topic: Topic;
  /** Undefined where it was switched off. */
  readonly dashboard?: Dashboard;

  private readonly settings: Pick<RoleFunctionProps, 'logRetention' | 'throwAway'>;
  private readonly definitions: LayerVersion;

  /** @throws Error for props that cannot be used, with everything that is wrong with them. */
  constructor(scope: Construct, id: string, props: CertificateMonitorProps = {}, parts?: MonitorParts) {
    super(scope, id);
    const { deployable, alerts, aws } = parts ?? partsOfProps(props, `stack:${this.node.path}`);
    for (const warning of deployable.warnings) Annotations.of(this).addWarningV2('notafter:unused', warning);
    const {
      throwAway = false,
      encryptionKey: key,
      networks = {},
      logRetention = RetentionDays.ONE_MONTH,
    } = props;
    this.settings = { throwAway, logRetention };
    if (Object.keys(networks).length > MOST_NETWORKS) {
      throw new Error(
        `got ${Object.keys(networks).length} networks; wanted at most ${MOST_NETWORKS}: an alarm of CloudWatch watches ten queues. Put the others into a monitor of their own.`,
      );
    }
    this.definitions = definitionsLayer(this, deployable);
    this.table = inventoryTable(this, { throwAway, key });
    const failures = deadLetterQueue(this, 'Failures');
    const undelivered = deadLetterQueue(this, 'Undelivered');
    this.topic = alertTopic(this, { routes: alerts, key, undelivered });
    // Nobody subscribes: that it takes the canary is what counts.
    const canaries = new Topic(this, 'Canaries', {
      displayName: 'NotAfter canaries',
      enforceSSL: true,
      ...(key === undefined ? {} : { masterKey: key }),
    });

    const probes = new Map<string, QueueWithDeadLetters>(
      ['', ...Object.keys(networks)].map((network) => [
        network,
        queueWithDeadLetters(this, `Probe${pascal(network)}`, PROBE_TIMEOUT),
      ]),
    );
    const collect = queueWithDeadLetters(this, 'Collect', COLLECT_TIMEOUT);
    const queueUrls = Object.fromEntries(
      [...probes].map(([network, { queue }]) => [network, queue.queueUrl]),
    );
    const sending = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [...probes.values(), collect].map(({ queue }) => queue.queueArn),
    });
    const queues = {
      [ENVIRONMENT.probeQueues]: Stack.of(this).toJsonString(queueUrls),
      [ENVIRONMENT.collectQueue]: collect.queue.queueUrl,
    };

    const dispatch = this.roleFunction('Dispatch', 'dispatch', {
      description: 'hands out what is due',
      timeout: DISPATCH_TIMEOUT,
      memorySize: 512,
      environment: queues,
      statements: [sending],
      onFailure: failures,
    });
    const evaluate = this.roleFunction('Evaluate', 'evaluate', {
      description: 'judges the monitor itself and publishes alerts',
      timeout: EVALUATE_TIMEOUT,
      memorySize: 512,
      environment: {
        ...queues,
        [ENVIRONMENT.topic]: this.topic.topicArn,
        [ENVIRONMENT.canaryTopic]: canaries.topicArn,
        ...(alerts.events ? { [ENVIRONMENT.bus]: 'default' } : {}),
      },
      statements: [
        sending,
        ...(alerts.events ? [eventStatement()] : []),
        ...secretStatements(deployable.definitions.webhook?.secret),
        new PolicyStatement({
          actions: ['sns:Publish', 'sns:ListSubscriptionsByTopic'],
          resources: [this.topic.topicArn],
        }),
        new PolicyStatement({ actions: ['sns:Publish'], resources: [canaries.topicArn] }),
      ],
      onFailure: failures,
    });
    const prober = [...probes].map(([network, { queue }]) => this.probe(network, queue, networks[network]));
    const collector = this.roleFunction('Collector', 'collect', {
      description: 'reads ACM and API Gateway',
      timeout: COLLECT_TIMEOUT,
      memorySize: 512,
      environment: {},
      statements: [...sourceStatements(aws), ...memberStatements(aws)],
      wildcards: sourceWildcards(aws),
    });
    collector.function.addEventSource(
      new SqsEventSource(collect.queue, {
        batchSize: 1,
        maxConcurrency: COLLECTIONS_AT_ONCE,
        reportBatchItemFailures: true,
      }),
    );
    if (key !== undefined) {
      for (const { executionRole } of [dispatch, evaluate, collector, ...prober])
        key.grantEncryptDecrypt(executionRole);
    }
    if (aws.sources.acm) this.listenToAcm(collect);
    new Schedules(this, 'Schedules', {
      dispatch: dispatch.function,
      evaluate: evaluate.function,
      deadLetters: failures,
    });

    const functions = [dispatch, evaluate, collector, ...prober].map((each) => each.function);
    const all = [...probes.values(), collect];
    new Alarms(this, 'Alarms', {
      topic: this.topic,
      table: this.table.tableName,
      functions,
      // A listing that failed comes again after an hour and a half: its age says nothing.
      queues: [...probes.values()].map(({ queue }) => queue),
      deadLetters: [failures, undelivered, ...all.map(({ deadLetters }) => deadLetters)],
    });
    if (props.dashboard !== false) {
      this.dashboard = overview(this, {
        table: this.table.tableName,
        functions,
        queues: all.map(({ queue }) => queue),
      });
    }
    this.outputs();
  }

  private probe(
    network: string,
    queue: QueueWithDeadLetters['queue'],
    placement?: NetworkPlacement,
  ): RoleFunction {
    const prober = this.roleFunction(`Prober${pascal(network)}`, 'probe', {
      description: network === '' ? 'looks at endpoints' : `looks at endpoints in the network ${network}`,
      timeout: PROBE_TIMEOUT,
      memorySize: 512,
      environment: {},
      statements: [],
      ...(placement === undefined ? {} : { network: placement }),
    });
    prober.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 1,
        maxConcurrency: PROBES_AT_ONCE,
        reportBatchItemFailures: true,
      }),
    );
    return prober;
  }

  private roleFunction(
    id: string,
    role: RoleFunctionProps['role'],
    props: Omit<RoleFunctionProps, 'role' | 'definitions' | 'logRetention' | 'throwAway'>,
  ): RoleFunction {
    return new RoleFunction(this, id, {
      ...this.settings,
      ...props,
      role,
      definitions: this.definitions,
      environment: {
        [ENVIRONMENT.table]: this.table.tableName,
        [ENVIRONMENT.definitions]: `${DEFINITIONS_FOLDER}/definitions.json`,
        [ENVIRONMENT.account]: Aws.ACCOUNT_ID,
        ...props.environment,
      },
      statements: [...tableStatements(this.table.tableArn, TABLE_USE[role]), ...props.statements],
    });
  }

  /** What changes in ACM is read at once, not hours later. */
  private listenToAcm({ queue, deadLetters }: QueueWithDeadLetters): void {
    new Rule(this, 'AcmEvents', {
      description: 'NotAfter: ACM renewed, expired, revoked, or wants something',
      eventPattern: { source: ['aws.acm'] },
      targets: [
        new SqsQueue(queue, {
          deadLetterQueue: deadLetters,
          message: RuleTargetInput.fromObject({
            v: 1,
            run: EventField.eventId,
            source: 'acm',
            account: EventField.account,
            region: EventField.fromPath('$.region'),
          }),
        }),
      ],
    });
  }

  private outputs(): void {
    const { region } = Stack.of(this);
    new CfnOutput(this, 'TableName', { value: this.table.tableName, description: 'notafter list --table …' });
    new CfnOutput(this, 'TopicArn', {
      value: this.topic.topicArn,
      description: 'notafter test-alert --topic …',
    });
    if (this.dashboard === undefined) return;
    const console = `https://console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${this.dashboard.dashboardName}`;
    new CfnOutput(this, 'DashboardLink', { value: console, description: 'whether the monitor is well' });
  }
}

function partsOfProps(props: CertificateMonitorProps, origin: string): MonitorParts {
  const config = configOfProps(props);
  return { deployable: deployableOf(config, origin, new Map()), alerts: config.alerts, aws: config.aws };
}

/** `internal-eu` → `InternalEu`: what ids of constructs look like. */
function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}
