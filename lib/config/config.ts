import type { Target } from '../core/target.ts';
import type { Deployment } from './deployment.ts';
import type { Defaults } from './settings.ts';

/** What a configuration file says, read and judged. */
export interface Config extends Deployment {
  /** Absolute path of the file. */
  readonly path: string;
  /** Groups first, in file order; no id twice. */
  readonly targets: readonly Target[];
  /** What stands at the top of the file. Already in `targets`; for targets that come from elsewhere. */
  readonly defaults: Defaults;
  /** See `Policy.unreachableAfter`. */
  readonly unreachableAfter: number;
  readonly webhook?: WebhookConfig;
  /** CA files that cannot be used, a sentence each with line and column. Their targets cannot be looked at. */
  readonly caFaults?: readonly string[];
}

interface WebhookConfig {
  /** May hold a token: show it only through `redactUrl`. */
  readonly url: string;
}
