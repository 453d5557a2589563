import { type Occasion, withdraw } from '../core/decide.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Policy } from '../core/policy.ts';
import { forgetContent } from '../store/content.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { forgetRuns } from '../store/runs.ts';
import { forgetSources } from '../store/sources.ts';
import { forgetState } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { listTargets } from '../store/targets.ts';

/**
 * Takes back what runs with a clock ahead of `now` left behind: what they said is called off, what they saw is
 * forgotten, so that every target is due and judged anew. What was known before stays, but for the last content.
 *
 * @returns The ledger entries that were closed; what they have to say leaves with the next delivery.
 */
export async function forgetFuture(table: Table, policy: Policy, now: Date): Promise<readonly LedgerEntry[]> {
  const instant = toInstant(now);
  const retracted: LedgerEntry[] = [];
  for await (const { target } of listTargets(table)) {
    const { state, ledger } = await readTarget(table, target.id);
    const occasion: Occasion = {
      target: target.id,
      owner: state?.owner ?? target.owner,
      now,
      policy,
      complete: false,
      baseline: false,
      impaired: false,
      outcome: () => 'taken back, it was said by a clock that was ahead',
    };
    const future = ledger.filter((entry) => entry.openedAt > instant || (entry.saidAt ?? '') > instant);
    const closed = withdraw(future, occasion);
    const { lost } = await saveLedger(table, closed);
    retracted.push(...closed.filter((entry) => !lost.includes(entry)));
    await forgetContent(table, target.id, instant);
    await forgetState(table, target.id, instant);
  }
  await forgetSources(table, instant);
  await forgetRuns(table, instant);
  return retracted;
}
