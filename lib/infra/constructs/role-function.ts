import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
  PolicyStatement as Statement,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards, REASONS } from '../acknowledgements.ts';

export interface RoleFunctionProps {
  /** Which of the prebuilt handlers it runs. */
  readonly role: 'dispatch' | 'probe' | 'collect' | 'evaluate';
  readonly description: string;
  readonly timeout: Duration;
  /** In MB; processing power comes in proportion. */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly definitions: ILayerVersion;
  readonly logRetention: RetentionDays;
  readonly throwAway: boolean;
  /** All that it may do, beside writing its log. */
  readonly statements: readonly PolicyStatement[];
  /** The wildcards among them, as cdk-nag spells them, each with its reason. */
  readonly wildcards?: Readonly<Record<string, string>>;
  /** Where an asynchronous invocation ends that failed for good. */
  readonly onFailure?: IQueue;
  /** Subnets and security groups of a VPC that it runs in. */
  readonly network?: NetworkPlacement;
}

export interface NetworkPlacement {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** A function with a role and a log group of its own, and no permission that was not asked for. */
export class RoleFunction extends Construct {
  readonly function: LambdaFunction;
  readonly executionRole: Role;

  constructor(scope: Construct, id: string, props: RoleFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: props.throwAway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const logs = new Statement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    const network = props.network === undefined ? [] : [networkInterfaces()];
    this.executionRole = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `NotAfter: ${props.description}`,
      inlinePolicies: { Work: new PolicyDocument({ statements: [logs, ...network, ...props.statements] }) },
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: `NotAfter: ${props.description}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleOf(props.role)),
      layers: [props.definitions],
      timeout: props.timeout,
      memorySize: props.memorySize,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      role: this.executionRole,
      logGroup,
      ...(props.onFailure === undefined ? {} : { onFailure: new SqsDestination(props.onFailure) }),
    });
    acknowledge(this.function, props.onFailure === undefined ? REASONS.queueDriven : REASONS.scheduled);
    acknowledgeWildcards(this.executionRole, {
      ...props.wildcards,
      ...(props.network === undefined ? {} : NETWORK),
    });
    if (props.network !== undefined) {
      const { subnetIds, securityGroupIds } = props.network;
      (this.function.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...subnetIds],
        securityGroupIds: [...securityGroupIds],
      };
    }
  }
}

/** The same line finds the prebuilt handler from the sources and from the package. */
function bundleOf(role: string): string {
  // Not import.meta.resolve: what runs TypeScript in a CDK project may turn this module into CommonJS and know no such thing.
  return dirname(createRequire(import.meta.url).resolve(`#lambda/${role}/index.mjs`));
}

const NETWORK = { '*': 'Lambda attaches the function to its VPC with actions that know no resources.' };

/** What Lambda itself needs to attach a function to a VPC; these actions know no resources. */
function networkInterfaces(): Statement {
  return new Statement({
    actions: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    resources: ['*'],
  });
}
