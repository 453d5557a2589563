/** What the functions measure. The alarms and the dashboard of the stack are built on these names. */
export const METRIC_NAMESPACE = 'NotAfter';

export const METRICS = {
  /** Runs that ended. None in a day means that nothing is watched any more. */
  runsCompleted: 'RunsCompleted',
  targetsObserved: 'TargetsObserved',
  targetsFailed: 'TargetsFailed',
  /** Targets whose turn passed before they could be looked at. */
  targetsDropped: 'TargetsDropped',
  alertsPublished: 'AlertsPublished',
  /** Daily canaries that were published. */
  canariesPublished: 'CanariesPublished',
  /** Channels that did not take everything. */
  deliveryFailures: 'DeliveryFailures',
  /** Sources that have not succeeded for two rounds. */
  sourcesFailing: 'SourcesFailing',
  /** Subscriptions that the configuration names and nobody confirmed. */
  subscriptionsMissing: 'SubscriptionsMissing',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];
