import type { Observation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import type { BlindSpot } from '../../core/run.ts';
import type { Target } from '../../core/target.ts';

/** One thing that a source lists. */
export interface Listed {
  readonly target: Target;
  /** What was seen of it; null for an endpoint, which the listing merely names: it has to be probed. */
  readonly observation: Observation | null;
}

/** How a listing ended. */
export interface ListingEnd {
  /** Everything there is was listed: what is missing is gone. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly failure?: Failure;
  /** What was listed and could not be read. */
  readonly blind: readonly BlindSpot[];
}

/** What one source lists in one place, as it comes in. Never throws: a page that fails ends it with a failure. */
export type Listing = AsyncGenerator<Listed, ListingEnd, void>;

/** `acm/<account>/<region>` and the like: the id of a source, as in `SourceHealth`. */
export function sourceId(
  source: AwsSource,
  { account, region }: { account: string; region: string },
): string {
  return `${source}/${account}/${region}`;
}

export type AwsSource = 'acm' | 'apigateway';

/** The line that lets a listing through. */
export function denialRemedy(actions: readonly string[], resource: string): string {
  return `allow ${actions.join(', ')} on ${resource}`;
}
