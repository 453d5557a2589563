import type { CheckId, Finding } from '../finding.ts';
import type { Rung, RungBegin } from '../ladder.ts';
import type { Severity } from '../severity.ts';
import type { Subject } from '../subject.ts';

/** What a check says; who says it and about which target is added by `evaluate`. */
export interface Opinion {
  /** The certificate it is about; null for the target as a whole. */
  readonly fingerprint: string | null;
  readonly severity: Severity;
  /**
   * The rung for the ledger. Left out, it is the one that the severity stands for; null says that this is never sent.
   */
  readonly rung?: Rung | null;
  /** See `Finding.passed`. */
  readonly passed?: readonly RungBegin[];
  readonly message: string;
  readonly advice: string;
  readonly notAfter?: string;
  /** See `Finding`. */
  readonly label?: string;
  readonly nextAt?: string;
  readonly lastSeenAt?: string;
  readonly issuer?: string;
  readonly affects?: readonly string[];
  readonly command?: string;
}

/** One rule. Its section in docs/checks.md is headed by its id. */
export interface Check {
  readonly id: CheckId;
  /** A few words for lists. */
  readonly title: string;
  /** Where the rule comes from: an RFC section, a standard, a vendor's page. */
  readonly citation: string;
  /** The ledger thread it belongs to, where that is another check's (`Finding.story`). */
  readonly story?: CheckId;
  /** Speaks only where somebody switched it on (`checks` in the configuration). */
  readonly optional?: true;
  readonly run: (subject: Subject) => Iterable<Opinion>;
}

/** The rung that stands for a severity in checks that know no ladder; information is never sent. */
function rungOf(severity: Severity): Rung | null {
  return severity === 'info' ? null : severity;
}

/** Puts a check's name to its opinion. */
export function toFinding(check: Check, subject: Subject, opinion: Opinion): Finding {
  return {
    ...opinion,
    check: check.id,
    story: check.story ?? check.id,
    target: subject.target.id,
    rung: opinion.rung === undefined ? rungOf(opinion.severity) : opinion.rung,
  };
}
