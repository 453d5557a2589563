import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { METRICS } from '../../lib/config/metric-names.ts';
import { inquiriesFor } from '../../lib/config/probing.ts';
import { createCollector } from '../../lib/run/collector.ts';
import { createKnownIssuers } from '../../lib/run/known-issuers.ts';
import { parseProbeMessage } from '../../lib/run/messages.ts';
import { INQUIRY_MS } from '../../lib/run/open-inquirer.ts';
import { type ProbedChunk, probeChunk, readOccasion } from '../../lib/run/probe-chunk.ts';
import { createPublications } from '../../lib/run/publications.ts';
import { eachMessage } from '../shared/batch.ts';
import { logger, measure } from '../shared/observe.ts';
import { openDefinitions, openTable, policyFor } from '../shared/surroundings.ts';

/** For one endpoint, from the name to the last byte; a deep look has as much again. */
const PROBE_MS = 10_000;

/** The longest that one target may take, all in all. */
const TIMEOUT_MS = 2 * PROBE_MS + INQUIRY_MS;

/** Endpoints side by side: 1,024 descriptors have to do for all their addresses and for the table. */
const CONCURRENCY = 100;

/** For as long as the environment lives: one CRL is enough for all the invocations until it is replaced. */
const publications = createPublications();

/** Called by a probe queue: looks at targets and records what was seen. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  retireWhenLarge(Number(context.memoryLimitInMB));
  const table = openTable();
  const definitions = openDefinitions();
  const policy = policyFor(definitions);
  const now = () => new Date();
  const collector = createCollector({
    timeoutMs: PROBE_MS,
    concurrency: CONCURRENCY,
    now,
    egressGuard: definitions.egressGuard ?? true,
    ...(definitions.connectionsPerSecond === undefined
      ? {}
      : { perSecond: definitions.connectionsPerSecond }),
    ...inquiriesFor(definitions),
    knownIssuers: createKnownIssuers(table),
    publications,
  });
  try {
    const occasion = await readOccasion(table);
    return await eachMessage(event, async ({ body }) => {
      const message = parseProbeMessage(body);
      const chunk = await probeChunk(message, {
        table,
        collector,
        policy,
        defaults: definitions.defaults,
        occasion,
        now,
        timeLeftMs: () => context.getRemainingTimeInMillis(),
        timeoutMs: TIMEOUT_MS,
        concurrency: CONCURRENCY,
      });
      report(message.run, chunk);
      if (chunk.rest.length > 0) throw new Error(`no time was left for ${chunk.rest.length} targets`);
    });
  } finally {
    collector.close();
  }
}

function report(run: string, { rest, broken, ...counts }: ProbedChunk): void {
  logger.info('targets looked at', { run, ...counts, rest: rest.length });
  if (broken.length > 0) logger.error('targets could not be recorded', { run, broken });
  measure({
    [METRICS.targetsObserved]: counts.observed,
    [METRICS.targetsFailed]: counts.failed,
    [METRICS.targetsDropped]: counts.dropped,
  });
}

/** Of the memory that the function has. */
const LARGE = 0.85;

/**
 * Node 24 loses a few kilobytes with every presented intermediate (docs/adr/0007). Long before Lambda would kill the
 * environment in the middle of a batch it ends by itself, before it has begun one: the messages come again elsewhere.
 */
function retireWhenLarge(limitMb: number): void {
  if (process.memoryUsage.rss() < limitMb * 1_048_576 * LARGE) return;
  logger.warn('environment retired: it has grown too large');
  process.exit(0);
}
