import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { METRICS } from '../../lib/config/metric-names.ts';
import { reportOf } from '../../lib/notify/report.ts';
import { publish } from '../../lib/notify/sns.ts';
import { type Subscriptions, subscriptionsOf } from '../../lib/notify/subscriptions.ts';
import { evaluateAll } from '../../lib/run/evaluate.ts';
import { holdLease, LeaseHeldError } from '../../lib/run/hold-lease.ts';
import { readStatus } from '../../lib/run/read-status.ts';
import { logger, measure } from '../shared/observe.ts';
import { PATIENCE } from '../shared/patience.ts';
import { openDefinitions, openQueues, openTable, policyFor, setting } from '../shared/surroundings.ts';
import { channelsOf } from './channels.ts';

const task = z.object({ task: z.enum(['evaluate', 'report']), at: z.iso.datetime() });

/** Called by the schedules: the pulse every few minutes, and the weekly report. The only one that publishes. */
export async function handler(event: unknown, context: Context): Promise<void> {
  const wanted = task.parse(event);
  const table = openTable();
  const definitions = openDefinitions();
  const topic = setting('topic');
  const sns = new SNSClient(PATIENCE);
  const now = () => new Date();
  if (wanted.task === 'report') {
    await publish(sns, topic, reportOf(await readStatus(table)));
    return;
  }
  const lease = await holdLease(table, context.awsRequestId, now).catch((error: unknown) => {
    if (error instanceof LeaseHeldError) return undefined;
    throw error;
  });
  if (lease === undefined) {
    logger.info('another evaluation is at work: the next pulse does what is left');
    return;
  }
  try {
    const result = await evaluateAll({
      table,
      queues: openQueues(),
      channels: channelsOf(table, definitions, sns),
      policy: policyFor(definitions),
      now,
      fence: () => lease.fence(),
    });
    const { email, sms } = definitions.alerts;
    const { completed, failing, failures, stranded, ...rest } = result;
    measure({
      [METRICS.runsCompleted]: completed.length,
      [METRICS.alertsPublished]: result.alerts,
      ...(result.canaries === 0 ? {} : { [METRICS.canariesPublished]: result.canaries }),
      [METRICS.deliveryFailures]: failures.length,
      [METRICS.sourcesFailing]: failing.length,
    });
    // Behind the counts: what was published has been published, whether or not SNS tells who confirmed.
    const { list } = await subscriptionsOf(sns, topic);
    measure({ [METRICS.subscriptionsMissing]: missing(list, { email, sms }) });
    const { asked, alerts, digests, late, waiting } = rest;
    logger.info('evaluated', {
      asked,
      alerts,
      digests,
      late,
      waiting,
      completed: completed.length,
      failing,
      failures,
    });
    if (result.trouble !== undefined) throw result.trouble;
    if (stranded.length > 0) {
      const networks = [...new Set(stranded.map(({ network }) => network))];
      logger.error('targets of networks that the stack does not have', { count: stranded.length, networks });
    }
  } finally {
    await lease.release();
  }
}

/** By protocol, so that a queue that somebody subscribed does not stand for a person who never confirmed. */
function missing(
  list: Subscriptions['list'],
  configured: { readonly email: number; readonly sms: number },
): number {
  const confirmed = (protocol: string) =>
    list.filter((each) => each.confirmed && each.protocol === protocol).length;
  const lacking = (protocol: 'email' | 'sms') => Math.max(0, configured[protocol] - confirmed(protocol));
  return lacking('email') + lacking('sms');
}
