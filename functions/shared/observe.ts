import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENVIRONMENT } from '../../lib/config/environment.ts';
import { METRIC_NAMESPACE, type MetricName } from '../../lib/config/metric-names.ts';

/** One structured line per batch, never one per target. */
export const logger = new Logger({ serviceName: 'notafter' });

/** By the table, which is one monitor's own: a second one in the account must not answer for it. */
const metrics = new Metrics({
  namespace: METRIC_NAMESPACE,
  serviceName: 'notafter',
  defaultDimensions: { table: process.env[ENVIRONMENT.table] ?? '-' },
});

/** Writes counts in the embedded metric format: no request, and no dimension per target. */
export function measure(counts: Partial<Record<MetricName, number>>): void {
  for (const [name, value] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, value);
  metrics.publishStoredMetrics();
}
