import { type Definitions, regionsOf } from '../config/definitions.ts';
import { withdraw } from '../core/decide.ts';
import { plainOccasion } from '../core/occasion.ts';
import type { Policy } from '../core/policy.ts';
import { sourceTarget } from '../core/source-failing.ts';
import { type AwsSource, sourceId } from '../sources/aws/listing.ts';
import { listDiscovered } from '../store/discovered.ts';
import { saveLedger } from '../store/ledger.ts';
import { readTarget } from '../store/read-target.ts';
import { forgetSource, listSources } from '../store/sources.ts';
import type { Table } from '../store/table.ts';
import type { Home } from './dispatch.ts';
import { withdrawTarget } from './withdraw-target.ts';

/** A source in one account and region that the definitions have listed. */
export interface DefinedSource {
  readonly source: AwsSource;
  readonly account: string;
  readonly region: string;
}

/** Every source in every account and region. */
export function definedSources({ aws }: Definitions, home: Home): readonly DefinedSource[] {
  const sources = (Object.keys(aws.sources) as AwsSource[]).filter((source) => aws.sources[source]);
  const accounts = [...new Set([home.account, ...aws.accounts.map(({ id }) => id)])];
  const regions = regionsOf(aws, home.region);
  return sources.flatMap((source) =>
    accounts.flatMap((account) => regions.map((region) => ({ source, account, region }))),
  );
}

/**
 * Lets go of sources that are not defined any more: what only they listed is no longer watched, and their silence is no
 * fault. The note of a source goes last, so that an attempt that was cut short is repeated.
 *
 * @returns The ids of the sources.
 */
export async function retireSources(
  table: Table,
  definitions: Definitions,
  home: Home,
  policy: Policy,
  now: Date,
): Promise<readonly string[]> {
  const defined = new Set(definedSources(definitions, home).map((each) => sourceId(each.source, each)));
  const retired: string[] = [];
  for (const { source } of await listSources(table)) {
    if (!source.includes('/') || defined.has(source)) continue;
    for (const record of (await listDiscovered(table, source)).values()) {
      if (record.withdrawnAt === undefined) await withdrawTarget(table, record, policy, now);
    }
    await closeFindings(table, sourceTarget(source), { now, policy });
    await forgetSource(table, source);
    retired.push(source);
  }
  return retired;
}

/** What an evaluation has written meanwhile is read again: nobody would ever close it. */
export async function closeFindings(
  table: Table,
  target: string,
  occasion: { readonly now: Date; readonly policy: Policy },
): Promise<void> {
  for (;;) {
    const { ledger } = await readTarget(table, target);
    const { lost } = await saveLedger(table, withdraw(ledger, plainOccasion(target, null, occasion)));
    if (lost.length === 0) return;
  }
}
