import type { CheckId } from '../core/finding.ts';
import { DEFAULT_POLICY, type Policy } from '../core/policy.ts';
import type { AlertRoutes } from './deployment.ts';

/** How eager a configuration wants the monitor to be. */
export interface PolicySettings extends Pick<AlertRoutes, 'remindEvery' | 'impairedShare'> {
  readonly unreachableAfter: number;
  /** Optional checks that speak, too. @default none */
  readonly checks?: readonly CheckId[];
}

/** The policy that a configuration asks for; what it does not mention stays as it is. */
export function policyOf({
  unreachableAfter,
  remindEvery,
  impairedShare,
  checks = [],
}: PolicySettings): Policy {
  return {
    ...DEFAULT_POLICY,
    unreachableAfter,
    impairedShare,
    remindMs: remindEvery ?? Number.POSITIVE_INFINITY,
    switchedOn: new Set(checks),
  };
}
