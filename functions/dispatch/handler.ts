import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { applyDefinitions } from '../../lib/run/apply-definitions.ts';
import { dispatchCollect, dispatchProbes } from '../../lib/run/dispatch.ts';
import { releaseCanary } from '../../lib/run/release-canary.ts';
import { retireSources } from '../../lib/run/retire-sources.ts';
import { logger } from '../shared/observe.ts';
import { home, openDefinitions, openQueues, openTable, policyFor } from '../shared/surroundings.ts';

const task = z.discriminatedUnion('task', [
  z.object({ task: z.literal('probe'), cadence: z.enum(['15m', '1h', '6h', '1d']), at: z.iso.datetime() }),
  z.object({ task: z.literal('canary'), at: z.iso.datetime() }),
  z.object({ task: z.literal('collect'), at: z.iso.datetime() }),
]);

/** Called by the schedules: hands what is due to the queues. */
export async function handler(event: unknown, _context: Context): Promise<void> {
  const wanted = task.parse(event);
  const table = openTable();
  const definitions = openDefinitions();
  if (wanted.task === 'canary') {
    const released = await releaseCanary(table, policyFor(definitions), new Date());
    logger.info('canary released', { findings: released.length });
    return;
  }
  const queues = openQueues();
  const at = new Date(wanted.at);
  const applied = await applyDefinitions(
    table,
    definitions,
    policyFor(definitions),
    new Date(),
    () => new Date(Date.now() + 1_000),
  );
  if (applied !== null) logger.info('definitions applied', { ...applied });
  if (wanted.task === 'collect') {
    const retired = await retireSources(table, definitions, home(), policyFor(definitions), new Date());
    const messages = await dispatchCollect(queues, definitions, home(), at);
    logger.info('collection asked for', { messages, retired });
    return;
  }
  const { targets, chunks, stranded } = await dispatchProbes(table, queues, wanted.cadence, at);
  logger.info('targets dispatched', { cadence: wanted.cadence, targets, chunks });
  if (stranded.length > 0) {
    const networks = [...new Set(stranded.map(({ network }) => network))];
    logger.error('targets of networks that the stack does not have', { count: stranded.length, networks });
  }
}
