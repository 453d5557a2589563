import { describeFailure } from '../reason.ts';
import type { Check } from './check.ts';

/** A target, or some of its addresses, could not be looked at several times in a row. Its known expiry keeps counting. */
export const couldNotObserve: Check = {
  id: 'could-not-observe',
  title: 'Could not be observed',
  citation: 'the reason codes are our own: docs/cli.md',
  *run({ target, content, failure, failures, unreachableAfter }) {
    if (failures < unreachableAfter) return;
    const times = failures === 1 ? '' : `, ${failures} times in a row`;
    if (failure !== undefined) {
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `could not be observed${times}: ${describeFailure(failure)}`,
        advice:
          target.kind === 'endpoint'
            ? 'See whether it is up and reachable from here; remove the target if it is gone for good.'
            : 'Check the path and its permissions; remove the target if the file is gone for good.',
      };
      return;
    }
    if (content?.kind !== 'endpoint') return;
    const failing = content.failures.filter((each) => each.reason !== 'family_unavailable');
    if (failing.length === 0) return;
    const total = [...content.chains, ...content.failures].reduce((sum, each) => sum + each.addressCount, 0);
    const parts = failing.map((each) => `${each.addresses.join(', ')}: ${describeFailure(each)}`);
    const count = failing.reduce((sum, each) => sum + each.addressCount, 0);
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `${count} of ${total} addresses could not be observed${times} (${parts.join('; ')})`,
      advice: 'Take the dead addresses out of DNS, or bring their servers back.',
    };
  },
};
