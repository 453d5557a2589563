import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { collectPlace } from '../../lib/run/collect-place.ts';
import { parseCollectMessage } from '../../lib/run/messages.ts';
import { openListing } from '../../lib/run/open-listing.ts';
import { readOccasion } from '../../lib/run/probe-chunk.ts';
import { definedSources } from '../../lib/run/retire-sources.ts';
import { sourceId } from '../../lib/sources/aws/listing.ts';
import { getSource } from '../../lib/store/sources.ts';
import { eachMessage } from '../shared/batch.ts';
import { logger } from '../shared/observe.ts';
import { home, openDefinitions, openTable, policyFor, setting } from '../shared/surroundings.ts';

/** Called by the collect queue: lists one source in one account and region, and records what it lists. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const table = openTable();
  const definitions = openDefinitions();
  const policy = policyFor(definitions);
  return eachMessage(event, async ({ body, attributes }) => {
    const message = parseCollectMessage(body);
    const source = sourceId(message.source, message);
    if (message.deadline !== undefined && new Date() > new Date(message.deadline)) {
      logger.warn('too late to collect: the next round does', { source });
      return;
    }
    // An event of ACM may come from a region that the configuration leaves out.
    const isDefined = definedSources(definitions, home()).some(
      (each) => sourceId(each.source, each) === source,
    );
    if (!isDefined) {
      logger.info('not to be collected: the configuration does not name it', { source });
      return;
    }
    const last = await getSource(table, source);
    // A certificate may cause many events at once, and one listing that got through answers them all.
    const answered =
      last?.lastSuccessAt !== undefined && Date.parse(last.lastSuccessAt) > Number(attributes.SentTimestamp);
    if (answered) return;
    const { listing, close } = openListing(message, { table, definitions, ownAccount: setting('account') });
    try {
      const { impaired, acknowledgements } = await readOccasion(table);
      const { decided, health, ...counts } = await collectPlace({
        table,
        source,
        listing,
        policy,
        defaults: definitions.defaults,
        occasion: { impaired, acknowledgements },
        now: () => new Date(),
        timeLeftMs: () => context.getRemainingTimeInMillis(),
      });
      const { failure, blind = [] } = health;
      logger.info('source collected', {
        source,
        ...counts,
        findings: decided.length,
        blind: blind.length,
        failure,
      });
      if (!counts.finished) throw new Error(`no time was left to collect all of ${source}`);
    } finally {
      close();
    }
  });
}
