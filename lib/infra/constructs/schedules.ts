import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface SchedulesProps {
  readonly dispatch: IFunction;
  readonly evaluate: IFunction;
  /** Where an invocation ends that Scheduler could not make. */
  readonly deadLetters: IQueue;
}

/** Scheduler puts the instant in that it meant, however late it comes: runs are named after it. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/** A missed pulse is made up for within this time; after it the next one has long come. */
const PATIENCE_SECONDS = 900;

/** What happens when. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { dispatch, evaluate, deadLetters }: SchedulesProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'NotAfter: invokes the functions that have a schedule',
      inlinePolicies: {
        Invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: [dispatch.functionArn, evaluate.functionArn],
            }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
          ],
        }),
      },
    });
    const every = (name: string, expression: string, target: IFunction, input: Record<string, string>) => {
      const schedule = new CfnSchedule(this, name, {
        scheduleExpression: expression,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: target.functionArn,
          roleArn: role.roleArn,
          input: JSON.stringify({ ...input, at: SCHEDULED_TIME }),
          retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: PATIENCE_SECONDS },
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      });
      schedule.node.addDependency(role);
    };
    every('Probe15m', 'rate(15 minutes)', dispatch, { task: 'probe', cadence: '15m' });
    every('Probe1h', 'rate(1 hour)', dispatch, { task: 'probe', cadence: '1h' });
    every('Probe6h', 'rate(6 hours)', dispatch, { task: 'probe', cadence: '6h' });
    every('Probe1d', 'rate(1 day)', dispatch, { task: 'probe', cadence: '1d' });
    every('Collect', 'rate(6 hours)', dispatch, { task: 'collect' });
    every('Canary', 'rate(1 day)', dispatch, { task: 'canary' });
    every('Evaluate', 'rate(5 minutes)', evaluate, { task: 'evaluate' });
    every('Report', 'cron(0 8 ? * MON *)', evaluate, { task: 'report' });
  }
}
