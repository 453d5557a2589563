import type { TargetKind } from './target.ts';

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
}

/** The health of one source: whether what we know is complete. */
export interface SourceHealth {
  readonly source: TargetKind;
  readonly lastRunAt: string;
  /** The first run after which every target had its turn and most were seen; until then, findings are a baseline. */
  readonly firstCompleteAt: string | null;
  /** Of the latest run: targets it had, observed well, not due, failed. */
  readonly listed: number;
  readonly parsed: number;
  readonly skipped: number;
  readonly denied: number;
}
