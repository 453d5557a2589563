import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS } from '../../config/metric-names.ts';
import { ownMetric } from './alarms.ts';

/** One page that shows whether the monitor is well. */
export function overview(
  scope: Construct,
  {
    table,
    functions,
    queues,
  }: {
    readonly table: string;
    readonly functions: readonly IFunction[];
    readonly queues: readonly IQueue[];
  },
): Dashboard {
  const hour = Duration.hours(1);
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        graph('Targets looked at', [
          ownMetric(table, METRICS.targetsObserved, 'Sum', hour),
          ownMetric(table, METRICS.targetsFailed, 'Sum', hour),
          ownMetric(table, METRICS.targetsDropped, 'Sum', hour),
        ]),
        graph('Alerts', [
          ownMetric(table, METRICS.alertsPublished, 'Sum', hour),
          ownMetric(table, METRICS.deliveryFailures, 'Sum', hour),
        ]),
      ],
      [
        graph(
          'Oldest message',
          queues.map((queue) => queue.metricApproximateAgeOfOldestMessage()),
        ),
        graph(
          'Errors',
          functions.map((each) => each.metricErrors()),
        ),
      ],
      [
        graph(
          'Duration',
          functions.map((each) => each.metricDuration()),
        ),
        graph('Blind and unheard', [
          ownMetric(table, METRICS.sourcesFailing, 'Maximum', hour),
          ownMetric(table, METRICS.subscriptionsMissing, 'Maximum', hour),
        ]),
      ],
    ],
  });
}
