import { readFileSync } from 'node:fs';
import type { Target } from '../core/target.ts';
import type { WebhookFormat } from './config.ts';
import type { AlertRoutes } from './deployment.ts';
import type { Probing } from './probing.ts';
import type { Defaults } from './settings.ts';

/** What a deployed monitor is told by its configuration: a file beside its code. */
export interface Definitions extends Probing {
  /** `stack:<path of the construct>`: what records of its targets name as their configuration. */
  readonly origin: string;
  /** Settings applied; the path of a `ca` is that in the deployment. */
  readonly targets: readonly Target[];
  /** For targets that commands add. */
  readonly defaults: Defaults;
  /** See `Policy.unreachableAfter`. */
  readonly unreachableAfter: number;
  readonly aws: AwsDefinitions;
  /** Names of the networks that targets can be probed from, beside the public one. */
  readonly networks: readonly string[];
  readonly alerts: AlertDefinitions;
  /** Where the address of a webhook lies in Secrets Manager, and what its receiver understands. */
  readonly webhook?: { readonly secret: string; readonly format: WebhookFormat };
}

interface AlertDefinitions extends Pick<AlertRoutes, 'remindEvery' | 'impairedShare' | 'smsPerMonth'> {
  /** Subscriptions that ought to be confirmed. */
  readonly email: number;
  readonly sms: number;
  /** Owners with numbers of their own. */
  readonly textedOwners: readonly string[];
}

export interface AwsDefinitions {
  /** Regions that are listed. Empty for the stack's own; us-east-1 is added to them where certificates are listed. */
  readonly regions: readonly string[];
  /** Other accounts, and the role to assume there. The stack's own account is always listed. */
  readonly accounts: readonly { readonly id: string; readonly role: string; readonly externalId?: string }[];
  /** `bucket` or `bucket/prefix`: where truststores may be read. */
  readonly truststores: readonly string[];
  readonly sources: { readonly acm: boolean; readonly apigateway: boolean };
  /** Custom domains become endpoint targets by themselves. */
  readonly probeDomains: boolean;
  /** The network that private custom domains are probed from. */
  readonly privateDomains?: string;
}

/** Where certificates of edge-optimized domains and of CloudFront are kept. */
const GLOBAL_REGION = 'us-east-1';

/**
 * The file as the deployment wrote it.
 *
 * @throws Error with a sentence where it is missing or not such a file.
 */
export function readDefinitions(path: string): Definitions {
  let value: Partial<Definitions> | null;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Definitions> | null;
  } catch (error) {
    throw new Error(`the definitions at ${path} cannot be read: ${(error as Error).message}; deploy again`);
  }
  if (typeof value?.origin !== 'string' || !Array.isArray(value.targets) || value.aws === undefined) {
    throw new Error(`${path} holds no definitions of NotAfter: deploy again`);
  }
  return value as Definitions;
}

/** The regions to list in, the stack's own where none was named. */
export function regionsOf({ regions, sources }: AwsDefinitions, ownRegion: string): readonly string[] {
  const named = regions.length === 0 ? [ownRegion] : regions;
  const isCommercial = !/^(?:cn|us-gov|us-iso|eusc)/.test(ownRegion);
  return [...new Set([...named, ...(sources.acm && isCommercial ? [GLOBAL_REGION] : [])])];
}
