import type { Failure } from './reason.ts';

/** One execution of the cycle. Instants are ISO 8601 UTC. */
export interface Run {
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Targets known, and of these the ones whose turn it was. */
  readonly targets: number;
  readonly planned: number;
  /** Of the planned: certificates were seen; nothing was seen. */
  readonly observed: number;
  readonly failed: number;
  /** Alerts decided and digests made in this run. */
  readonly alerts: number;
  readonly digests: number;
  /** Of a run that is spread over messages: how many there are. */
  readonly chunks?: number;
  /** And when it is given up, finished or not. */
  readonly deadline?: string;
}

/** The health of one source: whether what we know is complete. */
export interface SourceHealth {
  /** A target kind that is looked at directly (`endpoint`, `file`, …), or `acm/<account>/<region>` and the like. */
  readonly source: string;
  readonly lastRunAt: string;
  /** When it last succeeded: everything was listed. Absent where it never did. */
  readonly lastSuccessAt?: string;
  /** When it failed first since then. */
  readonly firstFailureAt?: string;
  /** The first run after which every target had its turn and most were seen; until then, findings are a baseline. */
  readonly firstCompleteAt: string | null;
  /** Of the latest run: targets it had, observed well, not due, failed. */
  readonly listed: number;
  readonly parsed: number;
  readonly skipped: number;
  readonly denied: number;
  /** Why the latest run of it did not finish. */
  readonly failure?: Failure;
  /** What it could not read although it finished: one per bucket, certificate, … At most 20. */
  readonly blind?: readonly BlindSpot[];
}

/** Something that ought to be watched and cannot be. */
export interface BlindSpot {
  /** What cannot be seen: a truststore, a source in a region. */
  readonly what: string;
  readonly failure: Failure;
  /** What to add or change, as a line that can be copied where there is one. */
  readonly remedy: string;
}
