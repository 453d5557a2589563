import { isInForce } from '../core/acknowledgement.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Observation } from '../core/observation.ts';
import type { Failure } from '../core/reason.ts';
import { reminderAt } from '../core/reminder.ts';
import type { BlindSpot, SourceHealth } from '../core/run.ts';
import type { ListingEnd } from '../sources/aws/listing.ts';
import { openFindings } from '../store/ledger.ts';
import { readStates } from '../store/state.ts';
import {
  brokenSpot,
  type CollectOptions,
  MAX_BROKEN,
  OUT_OF_TIME,
  recordObservation,
} from './record-listed.ts';

/**
 * A source that cannot be read takes no date away: where a step of the ladder has begun meanwhile, it is said from what
 * is known, with the instant at which it was last seen.
 */
export async function judgeUnseen(
  options: CollectOptions,
  known: readonly TargetRecord[],
  seen: ReadonlySet<string>,
  { failure }: ListingEnd,
  health: SourceHealth | undefined,
  broken: BlindSpot[],
): Promise<readonly LedgerEntry[]> {
  const { table, now } = options;
  // Endpoints are looked at directly, whoever named them.
  const unseen = known.filter(
    ({ target, withdrawnAt }) =>
      withdrawnAt === undefined && target.kind !== 'endpoint' && !seen.has(target.id),
  );
  const states = await readStates(
    table,
    unseen.map(({ target }) => target.id),
  );
  const at = now();
  const waiting = await waitingToSpeak(options, new Set(unseen.map(({ target }) => target.id)), at);
  const decided: LedgerEntry[] = [];
  for (const record of unseen) {
    const next = states.get(record.target.id)?.nextRungAt ?? null;
    const hasBegun = next !== null && Date.parse(next) <= at.getTime();
    if (!hasBegun && !waiting.has(record.target.id)) continue;
    const observation = nothingSeen(failure ?? OUT_OF_TIME.failure, at);
    try {
      decided.push(...(await recordObservation(options, record, observation, health)));
    } catch (error) {
      const { id } = record.target;
      if (!broken.some(({ what }) => what === id)) broken.push(brokenSpot(id, error as Error));
      if (broken.length > MAX_BROKEN) throw error;
    }
  }
  return decided;
}

/** Those of the targets with a finding that is to be recalled by now, or was accepted until now. */
async function waitingToSpeak(
  { table, policy, occasion }: CollectOptions,
  ids: ReadonlySet<string>,
  at: Date,
): Promise<ReadonlySet<string>> {
  const waiting = new Set<string>();
  if (ids.size === 0) return waiting;
  const inForce = new Set(
    occasion.acknowledgements.filter((each) => isInForce(each, at)).map(({ id }) => id),
  );
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const { target, accepted = [], announced, saidAt, openedAt, pending } of openFindings(
      table,
      severity,
    )) {
      if (!ids.has(target)) continue;
      const recalled = reminderAt(saidAt ?? openedAt, policy.remindMs);
      const isDue = severity === 'critical' && announced !== null && pending.length === 0;
      if (isDue && recalled !== null && recalled <= at) waiting.add(target);
      if (accepted.some(({ id }) => !inForce.has(id))) waiting.add(target);
    }
  }
  return waiting;
}

/** Whatever kind of target it was: there is nothing to tell kinds apart by. */
function nothingSeen(failure: Failure, observedAt: Date): Observation {
  const nothing = { certificates: [], blocks: 0, unreadable: [], duplicates: 0, privateKeyLines: [] };
  return { kind: 'file', observedAt, ...nothing, failure };
}
