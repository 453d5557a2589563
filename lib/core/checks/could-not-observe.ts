import { addressesThatAnswered } from '../content.ts';
import { describeFailure, type Failure, type Reason } from '../reason.ts';
import { sampleOf } from '../served-where.ts';
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
        advice: adviceFor(failure),
      };
      return;
    }
    if (content?.kind !== 'endpoint') return;
    const failing = content.failures.filter((each) => each.reason !== 'family_unavailable');
    if (failing.length > 0) {
      const failed = content.failures.reduce((sum, each) => sum + each.addressCount, 0);
      const total = addressesThatAnswered(content) + failed;
      const count = failing.reduce((sum, each) => sum + each.addressCount, 0);
      const parts = failing.map((each) => `${sampleOf(each.addresses)}: ${describeFailure(each)}`);
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `${count} of ${total} addresses could not be observed${times} (${parts.join('; ')})`,
        advice: adviceForSome(failing),
      };
    } else if (content.unresolved !== undefined) {
      const parts = content.unresolved.map(
        ({ family, failure: why }) => `IPv${family}: ${describeFailure(why)}`,
      );
      yield {
        fingerprint: null,
        severity: 'warning',
        message: `some of its addresses could not be resolved${times} (${parts.join('; ')})`,
        advice: adviceFor({ reason: 'dns_failed' }),
      };
    }
  },
};

/** Reasons for which an address is neither dead nor anybody else's. */
const NOT_DEAD: ReadonlySet<Reason> = new Set([
  'starttls_refused',
  'starttls_failed',
  'proxy_failed',
  'address_refused',
  'name_refused',
]);

/** What to do where other addresses answer. */
function adviceForSome(failures: readonly Failure[]): string {
  const [failure] = failures;
  return failure !== undefined && failures.length === 1 && NOT_DEAD.has(failure.reason)
    ? adviceFor(failure)
    : 'Take the dead addresses out of DNS, or bring their servers back.';
}

/** What to do about a failure, by its reason. */
function adviceFor({ reason, detail }: Failure): string {
  switch (reason) {
    case 'dns_not_found':
      return 'Check the name; remove the target if it is gone for good.';
    case 'dns_failed':
    case 'dns_timeout':
      return 'Check the resolver that this host asks (or name another with --dns).';
    case 'starttls_refused':
      return 'Turn TLS on at the server, or see whether it lets this host ask for it.';
    case 'starttls_failed':
      return 'Name the protocol that is spoken there (starttls, or --starttls), or tls where TLS begins at once.';
    case 'not_tls':
      return 'If it has to be asked for TLS, name its protocol (/smtp behind the endpoint, or starttls: smtp); else check the port.';
    case 'proxy_failed':
      // RFC 9110 §15.5.8
      if (detail !== undefined && /^HTTP\/1\.[01] 407\b/.test(detail))
        return 'Tell NotAfter what the proxy wants to hear, in the environment: NOTAFTER_PROXY_AUTH=user:password.';
      return 'See whether the proxy is up, and whether it lets this host through to the target.';
    case 'address_refused':
      return 'Allow the address for this target (allow) if it is meant to be private; else mend its record in DNS.';
    case 'name_refused':
      return 'Ask for a name that the server has (serverName, or --server-name), or configure this one there.';
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
    case 'client_unusable':
    case 'internal_error':
      return 'Nothing is wrong with the target as far as is known: mend the host or the configuration of NotAfter.';
    default:
      return 'See whether it is up and reachable from here; remove the target if it is gone for good.';
  }
}
