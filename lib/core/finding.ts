import type { Rung, RungBegin } from './ladder.ts';
import type { Severity } from './severity.ts';

/** The rules there are. The ids are a contract: docs/checks.md has a section for each. */
export type CheckId =
  | 'expired'
  | 'expiring'
  | 'not-yet-valid'
  | 'name-mismatch'
  | 'incomplete-chain'
  | 'untrusted'
  | 'self-signed'
  | 'weak-key'
  | 'weak-signature'
  | 'expired-in-chain'
  | 'unreadable-block'
  | 'unreadable-field'
  | 'private-key-in-bundle'
  | 'renewal-failing'
  | 'renewed-not-deployed'
  | 'certificate-status'
  | 'domain-status'
  | 'truststore-warnings'
  | 'truststore-drift'
  | 'truststore-unpinned'
  | 'duplicate-subject'
  | 'issuer-missing'
  | 'chain-too-long'
  | 'not-a-ca'
  | 'revoked'
  | 'staple-missing'
  | 'staple-unusable'
  | 'untidy-chain'
  | 'legacy-server'
  | 'handshake-fails'
  | 'trust-stores-differ'
  | 'client-authorities'
  | 'client-certificate-refused'
  | 'legacy-versions'
  | 'weak-cipher'
  | 'not-post-quantum'
  | 'key-reused'
  | 'lifetime-too-long'
  | 'caa-missing'
  | 'caa-excludes-issuer'
  | 'no-sct'
  | 'dead-url'
  | 'revocation-unknown'
  | 'source-failing'
  | 'could-not-observe'
  | 'monitor-impaired';

/** One check's opinion on the current state at one `now`. */
export interface Finding {
  readonly check: CheckId;
  /**
   * The check under whose name the ledger keeps it. `expired` is the last rung of the story that `expiring` began, so
   * both are one thread: getting worse is said, and neither is "resolved" by turning into the other.
   */
  readonly story: CheckId;
  readonly target: string;
  /** The certificate it is about; null where it is about the target as a whole. */
  readonly fingerprint: string | null;
  readonly severity: Severity;
  /**
   * The step it has reached, for the ledger: a rung of the expiry ladder, or for other checks the rung that its
   * severity stands for. Null for what is only ever information and never sent.
   */
  readonly rung: Rung | null;
  /** The milder rungs that lie behind it, and when they began. Absent for checks that know no ladder. */
  readonly passed?: readonly RungBegin[];
  /** What is wrong, in one sentence. May quote a certificate: escape it per output. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly advice: string;
  /** The end of validity it turns on, where it turns on one. */
  readonly notAfter?: string;
  /** What that certificate is called. From outside: escape it per output. */
  readonly label?: string;
  /** When the next rung begins, ISO 8601 UTC; absent where none is ahead. */
  readonly nextAt?: string;
  /** Set where it rests on knowledge that could not be refreshed, though the target could be seen: when it was seen. */
  readonly lastSeenAt?: string;
  /** Who issued the certificate. From outside: escape it per output. */
  readonly issuer?: string;
  /** What stops working, or where it is served, beside the target: domains, ARNs. From outside; at most `MAX_AFFECTED`. */
  readonly affects?: readonly string[];
  /** The command that mends it, for a POSIX shell, where there is one. Safe to paste: see `shellCommand`. */
  readonly command?: string;
}

/** Longer lists are read by nobody. */
export const MAX_AFFECTED = 20;

/** What the ledger calls a finding within its target. */
export function findingKey(finding: Pick<Finding, 'story' | 'fingerprint'>): string {
  return `${finding.story}#${finding.fingerprint ?? '-'}`;
}
