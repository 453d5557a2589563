import type { Role } from './certificate.ts';
import type { Target, TargetKind } from './target.ts';

/** This certificate, in this role, at this target. */
export interface Sighting {
  readonly fingerprint: string;
  readonly target: string;
  readonly kind: TargetKind;
  readonly owner: string | null;
  readonly role: Role;
  readonly subject: string;
  readonly issuer: string;
  readonly notAfter: string | null;
  readonly firstSeenAt: string;
}

/** A target as the inventory keeps it: its definition, and where that came from. */
export interface TargetRecord {
  readonly target: Target;
  /** `config` wins over `command` where both name the target, and both win over `discovered`. */
  readonly origin: 'config' | 'command' | 'discovered';
  /** The configuration file that names it, or the stack; for what was discovered the source, as in `SourceHealth`. */
  readonly config?: string;
  /** Complete listings in a row that did not name it any more. Only for what was discovered. */
  readonly unlisted?: number;
  /** When the first of them was made. */
  readonly unlistedAt?: string;
  /** What a command said of it, kept while the configuration's definition is in force. */
  readonly behind?: Target;
  readonly addedAt: string;
  /** When it was taken off the list; its history stays. */
  readonly withdrawnAt?: string;
}
