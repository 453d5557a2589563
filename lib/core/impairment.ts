/** Whether it is the monitor that cannot see, rather than the targets that cannot be seen. */
import type { Finding } from './finding.ts';
import type { Policy } from './policy.ts';
import type { TargetState } from './state.ts';

/** The pseudo-target under which the monitor keeps findings about itself. */
export const MONITOR_TARGET = 'monitor:self';

/**
 * A finding when too many targets of one run that were well a short while ago fail now, null otherwise. Old failures
 * do not count: hosts that are long dead are retried in every run and would look like an outage of ours.
 *
 * @param counts Targets looked at that were well a short while ago, and how many of these could not be observed now.
 */
export function impairmentOf(
  { wasWell, newlyFailed }: { readonly wasWell: number; readonly newlyFailed: number },
  policy: Policy,
): Finding | null {
  if (newlyFailed < policy.impairedAtLeast || newlyFailed <= wasWell * policy.impairedShare) return null;
  return {
    check: 'monitor-impaired',
    story: 'monitor-impaired',
    target: MONITOR_TARGET,
    fingerprint: null,
    severity: 'critical',
    rung: 'critical',
    message: `${newlyFailed} of ${wasWell} targets that could be observed a day ago cannot be now: the monitor or its network is impaired`,
    advice:
      'Check the network, the resolver and the clock of the host that NotAfter runs on. Expiry keeps being announced.',
  };
}

/** A daily look comes a day after the one before it, and a little later: what was seen then was seen a short while ago. */
const LATE = 1.5;

/** Whether it was seen a short while ago: failing now, it fails newly. */
export function isRecent(state: Pick<TargetState, 'seenAt'>, policy: Policy, now: Date): boolean {
  return state.seenAt !== null && now.getTime() - Date.parse(state.seenAt) < policy.holdMs * LATE;
}

/**
 * Whether most of what was ever seen can be seen again. Only then is the finding over: with time alone the failures
 * stop being recent, and nothing has got better.
 */
export function isRecovered(states: readonly TargetState[], policy: Policy): boolean {
  const known = states.filter((state) => state.seenAt !== null);
  const failing = known.filter((state) => state.failure !== undefined);
  return failing.length <= known.length * policy.impairedShare;
}
