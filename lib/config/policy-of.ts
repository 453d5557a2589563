import { DEFAULT_POLICY, type Policy } from '../core/policy.ts';
import type { AlertRoutes } from './deployment.ts';

/** How eager a configuration wants the monitor to be. */
export interface PolicySettings extends Pick<AlertRoutes, 'remindEvery' | 'impairedShare'> {
  readonly unreachableAfter: number;
}

/** The policy that a configuration asks for; what it does not mention stays as it is. */
export function policyOf({ unreachableAfter, remindEvery, impairedShare }: PolicySettings): Policy {
  return {
    ...DEFAULT_POLICY,
    unreachableAfter,
    impairedShare,
    remindMs: remindEvery ?? Number.POSITIVE_INFINITY,
  };
}
