import type { Target } from '../core/target.ts';
import type { Deployment } from './deployment.ts';
import type { Probing } from './probing.ts';
import type { Defaults } from './settings.ts';

/** What a configuration file says, read and judged. */
export interface Config extends Deployment, Probing {
  /** Absolute path of the file. */
  readonly path: string;
  /** Groups first, in file order; no id twice. */
  readonly targets: readonly Target[];
  /** What stands at the top of the file. Already in `targets`; for targets that come from elsewhere. */
  readonly defaults: Defaults;
  /** See `Policy.unreachableAfter`. */
  readonly unreachableAfter: number;
  readonly webhook?: WebhookConfig;
  /**
   * CA files and client certificates that cannot be used, a sentence each with line and column. Their targets cannot be
   * looked at.
   */
  readonly fileFaults?: readonly string[];
}

/** What the receiver of a webhook understands: our own JSON, or what Slack's incoming webhooks take. */
export type WebhookFormat = 'json' | 'slack';

/** Exactly one of `url` (this machine calls it) and `secret` (a deployed monitor does). */
interface WebhookConfig {
  /** May hold a token: show it only through `redactUrl`. */
  readonly url?: string;
  /** Name or ARN of a secret of Secrets Manager that holds the address. */
  readonly secret?: string;
  readonly format: WebhookFormat;
  /** Signs requests to `url`. Never shown. */
  readonly key?: string;
}
