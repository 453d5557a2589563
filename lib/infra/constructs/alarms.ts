import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../config/metric-names.ts';

export interface AlarmsProps {
  readonly topic: ITopic;
  /** Name of the inventory's table. */
  readonly table: string;
  readonly functions: readonly IFunction[];
  readonly queues: readonly IQueue[];
  readonly deadLetters: readonly IQueue[];
}

/** One of our own metrics. */
export function ownMetric(
  table: string,
  metricName: MetricName,
  statistic: 'Sum' | 'Maximum',
  period: Duration,
): Metric {
  // Of this very monitor: another one in the account must not answer for it.
  const dimensionsMap = { service: 'notafter', table };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic, period });
}

/** What may go wrong with the monitor itself. Each alarm names its section in docs/runbook.md. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topic, table, functions, queues, deadLetters }: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(topic);
    const alarm = (
      name: string,
      says: string,
      metric: IMetric,
      { threshold = 1, periods = 1, missing = TreatMissingData.NOT_BREACHING, below = false } = {},
    ) => {
      const anchor = name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
      const it = new Alarm(this, name, {
        alarmDescription: `NotAfter: ${says}. What to do: docs/runbook.md#${anchor}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: below
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: missing,
      });
      it.addAlarmAction(action);
      it.addOkAction(action);
    };
    const fiveMinutes = Duration.minutes(5);
    alarm(
      'FunctionErrors',
      'functions fail',
      sumOf(
        functions.map((each) => each.metricErrors({ period: Duration.minutes(15) })),
        Duration.minutes(15),
      ),
      { threshold: 3 },
    );
    alarm(
      'DeadLetters',
      'messages or invocations failed for good',
      sumOf(
        deadLetters.map((each) =>
          each.metricApproximateNumberOfMessagesVisible({ period: fiveMinutes, statistic: 'Maximum' }),
        ),
        fiveMinutes,
      ),
    );
    alarm(
      'OldestMessage',
      'messages wait for more than half an hour',
      highestOf(
        queues.map((each) =>
          each.metricApproximateAgeOfOldestMessage({ period: fiveMinutes, statistic: 'Maximum' }),
        ),
        fiveMinutes,
      ),
      { threshold: 1_800, periods: 3 },
    );
    // With periods of an hour or more CloudWatch looks back up to a week.
    alarm(
      'NoCompletedRun',
      'no run ended for 26 hours',
      ownMetric(table, METRICS.runsCompleted, 'Sum', Duration.hours(1)),
      {
        below: true,
        periods: 26,
        missing: TreatMissingData.BREACHING,
      },
    );
    alarm(
      'NoCanary',
      'the daily canary has not come through for 26 hours: alerts may not arrive either',
      ownMetric(table, METRICS.canariesPublished, 'Sum', Duration.hours(1)),
      { below: true, periods: 26, missing: TreatMissingData.BREACHING },
    );
    alarm(
      'UnconfirmedSubscription',
      'fewer subscriptions are confirmed than were configured',
      ownMetric(table, METRICS.subscriptionsMissing, 'Maximum', Duration.hours(1)),
      { periods: 3 },
    );
    alarm(
      'SourceFailing',
      'a source has not been read completely for two rounds',
      ownMetric(table, METRICS.sourcesFailing, 'Maximum', Duration.hours(1)),
    );
    alarm(
      'DeliveryFailures',
      'alerts could not be handed to the topic',
      ownMetric(table, METRICS.deliveryFailures, 'Sum', Duration.minutes(15)),
      { periods: 2 },
    );
  }
}

function sumOf(metrics: readonly IMetric[], period: Duration): IMetric {
  return combined(metrics, period, (names) => names.join('+'));
}

function highestOf(metrics: readonly IMetric[], period: Duration): IMetric {
  return combined(metrics, period, (names) => `MAX([${names.join(',')}])`);
}

/** At most ten metrics stand in one alarm. */
function combined(
  metrics: readonly IMetric[],
  period: Duration,
  expression: (names: readonly string[]) => string,
): IMetric {
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only;
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({ expression: expression(Object.keys(usingMetrics)), usingMetrics, period });
}
