import { withdraw } from '../core/decide.ts';
import { MONITOR_TARGET } from '../core/impairment.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { plainOccasion } from '../core/occasion.ts';
import type { Policy } from '../core/policy.ts';
import { redateContent } from '../store/content.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { forgetRuns } from '../store/runs.ts';
import { redateSources } from '../store/sources.ts';
import { forgetState } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { listTargets, putTarget } from '../store/targets.ts';

/**
 * Takes back what runs with a clock ahead of `now` left behind: what they said is called off, and every target that they
 * looked at is due and judged anew. What they saw stays known, as seen now.
 *
 * @returns The ledger entries that were closed; what they have to say leaves with the next delivery.
 */
export async function forgetFuture(table: Table, policy: Policy, now: Date): Promise<readonly LedgerEntry[]> {
  const instant = toInstant(now);
  const retracted = [...(await takeBack(table, MONITOR_TARGET, null, policy, now))];
  for await (const record of listTargets(table)) {
    const { id, owner } = record.target;
    retracted.push(...(await takeBack(table, id, owner, policy, now)));
    await redateContent(table, id, instant);
    await forgetState(table, id, instant);
    // It would count as put on the list again after each look.
    if (record.addedAt > instant) await putTarget(table, { ...record, addedAt: instant });
  }
  await redateSources(table, instant);
  // Last: while they are there, every run asks for this.
  await forgetRuns(table, instant);
  return retracted;
}

/** Closes what was opened or said about one target after `now`. */
async function takeBack(
  table: Table,
  target: string,
  owner: string | null,
  policy: Policy,
  now: Date,
): Promise<readonly LedgerEntry[]> {
  const instant = toInstant(now);
  const { state, ledger } = await readTarget(table, target);
  const occasion = {
    ...plainOccasion(target, state?.owner ?? owner, { now, policy }),
    outcome: () => 'taken back, it was said by a clock that was ahead',
  };
  const future = ledger.filter((entry) => entry.openedAt > instant || (entry.saidAt ?? '') > instant);
  const closed = withdraw(future, occasion);
  const { lost } = await saveLedger(table, closed);
  return closed.filter((entry) => !lost.includes(entry));
}
