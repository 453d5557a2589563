import type { Certificate } from './certificate.ts';
import type { AcmContent, BundleContent, Content } from './content.ts';
import type { CheckId } from './finding.ts';
import type { Failure } from './reason.ts';
import type { Target } from './target.ts';

/** Everything a check may look at: one target, what is known of it, and the instant to judge it at. */
export interface Subject {
  readonly target: Target;
  /** What it was last seen to hold; null where it never could be seen. */
  readonly content: Content | null;
  /** The facts of a certificate named in `content`; undefined where the inventory lacks them. */
  readonly certificate: (fingerprint: string) => Certificate | undefined;
  /** Incomplete observations in a row, as in `TargetState`. */
  readonly failures: number;
  /** Why the latest observation saw nothing; absent where it saw something. */
  readonly failure?: Failure;
  /** See `Policy.unreachableAfter`. */
  readonly unreachableAfter: number;
  /** Optional checks (`Check.optional`) that speak, too. @default none */
  readonly switchedOn?: ReadonlySet<CheckId>;
  /** The bundle that its clients are meant to be checked against, where one is known. */
  readonly truststore?: BundleContent;
  /** What ACM holds of the certificate that an endpoint is meant to serve, or that proves the ownership of a domain. */
  readonly served?: AcmContent;
  readonly now: Date;
}
