import { toInstant } from '../../core/instant.ts';
import type { Observation } from '../../core/observation.ts';
import type { SourceHealth } from '../../core/run.ts';
import type { EndpointTarget, Target } from '../../core/target.ts';
import { listAcm } from '../../sources/aws/acm.ts';
import { listApiGateway } from '../../sources/aws/apigateway.ts';
import { type AwsSource, type Listing, sourceId } from '../../sources/aws/listing.ts';
import { openPlace } from '../../sources/aws/place-clients.ts';

/** Everything that the listings of an account told. */
export interface Collected {
  readonly seen: { readonly target: Target; readonly observation: Observation }[];
  readonly endpoints: EndpointTarget[];
  /** How each listing ended. */
  readonly sources: SourceHealth[];
}

export interface CollectOptions {
  readonly account: string;
  readonly regions: readonly string[];
  readonly now: () => Date;
  /** A source in a region was listed. */
  readonly onListed: () => void;
  readonly signal: AbortSignal;
}

/** Lists ACM and API Gateway in every region side by side. One that fails stops no other. */
export async function collectAccount(options: CollectOptions): Promise<Collected> {
  const { account, regions, now } = options;
  const collected: Collected = { seen: [], endpoints: [], sources: [] };
  await Promise.all(
    regions.map(async (region) => {
      const clients = openPlace({ account, region });
      const end = () => clients.destroy();
      options.signal.addEventListener('abort', end);
      try {
        const listings: [AwsSource, Listing][] = [
          ['acm', listAcm(clients, { now, known: async () => undefined })],
          ['apigateway', listApiGateway(clients, { now, probeDomains: true })],
        ];
        await Promise.all(
          listings.map(async ([source, listing]) => {
            await drain(sourceId(source, { account, region }), listing, collected, options);
            options.onListed();
          }),
        );
      } finally {
        options.signal.removeEventListener('abort', end);
        end();
      }
    }),
  );
  return collected;
}

async function drain(
  source: string,
  listing: Listing,
  { seen, endpoints, sources }: Collected,
  { now, signal }: CollectOptions,
): Promise<void> {
  const at = toInstant(now());
  let listed = 0;
  let denied = 0;
  for (;;) {
    const next = await listing.next();
    signal.throwIfAborted();
    if (next.done === true) {
      const { complete, failure, blind } = next.value;
      sources.push({
        source,
        lastRunAt: at,
        ...(complete ? { lastSuccessAt: at } : {}),
        firstCompleteAt: complete ? at : null,
        listed,
        parsed: listed - denied,
        skipped: 0,
        denied,
        ...(failure === undefined ? {} : { failure }),
        ...(blind.length === 0 ? {} : { blind }),
      });
      return;
    }
    const { target, observation } = next.value;
    listed += 1;
    if (observation?.failure !== undefined) denied += 1;
    if (observation !== null) seen.push({ target, observation });
    else if (target.kind === 'endpoint') endpoints.push(target);
  }
}
