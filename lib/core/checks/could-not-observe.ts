import { addressesThatAnswered } from '../content.ts';
import { describeFailure, type Reason } from '../reason.ts';
import type { Check } from './check.ts';

/** A target, or some of its addresses, could not be looked at several times in a row. Its known expiry keeps counting. */
export const couldNotObserve: Check = {
  id: 'could-not-observe',
  title: 'Could not be observed',
  citation: 'the reason codes are our own: docs/cli.md',
  *run({ content, failure, failures, unreachableAfter }) {
    if (failures < unreachableAfter) return;
    const times = failures === 1 ? '' : `, ${failures} times in a row`;
    if (failure !== undefined) {
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `could not be observed${times}: ${describeFailure(failure)}`,
        advice: adviceFor(failure.reason),
      };
      return;
    }
    if (content?.kind !== 'endpoint') return;
    const failing = content.failures.filter((each) => each.reason !== 'family_unavailable');
    if (failing.length > 0) {
      const failed = content.failures.reduce((sum, each) => sum + each.addressCount, 0);
      const total = addressesThatAnswered(content) + failed;
      const count = failing.reduce((sum, each) => sum + each.addressCount, 0);
      const parts = failing.map((each) => `${sample(each.addresses)}: ${describeFailure(each)}`);
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `${count} of ${total} addresses could not be observed${times} (${parts.join('; ')})`,
        advice: 'Take the dead addresses out of DNS, or bring their servers back.',
      };
    } else if (content.unresolved !== undefined) {
      const parts = content.unresolved.map(
        ({ family, failure: why }) => `IPv${family}: ${describeFailure(why)}`,
      );
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `some of its addresses could not be resolved${times} (${parts.join('; ')})`,
        advice: adviceFor('dns_failed'),
      };
    }
  },
};

const ADDRESSES_NAMED = 4;

function sample(addresses: readonly string[]): string {
  const named = addresses.slice(0, ADDRESSES_NAMED).join(', ');
  return addresses.length > ADDRESSES_NAMED
    ? `${named} and ${addresses.length - ADDRESSES_NAMED} more`
    : named;
}

/** What to do about a failure, by its reason. */
function adviceFor(reason: Reason): string {
  switch (reason) {
    case 'dns_not_found':
      return 'Check the name; remove the target if it is gone for good.';
    case 'dns_failed':
    case 'dns_timeout':
      return 'Check the resolver that this host asks (or name another with --dns).';
    case 'file_not_found':
      return 'Check the path; if the file is gone for good, there is nothing to watch.';
    case 'file_denied':
      return 'Let the user that NotAfter runs as read it.';
    case 'file_is_directory':
      return 'Name the file itself: directories are not searched.';
    case 'file_too_large':
      return 'Split it, or check whether it is the file that was meant.';
    case 'file_unreadable':
    case 'no_certificates':
      return 'Check whether it is the file that was meant: PEM or DER certificates are read.';
    case 'family_unavailable':
    case 'out_of_sockets':
    case 'ca_unusable':
    case 'internal_error':
      return 'Nothing is wrong with the target as far as is known: mend the host or the configuration of NotAfter.';
    default:
      return 'See whether it is up and reachable from here; remove the target if it is gone for good.';
  }
}
