import { CANARY_TARGET } from '../core/canary.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Observation } from '../core/observation.ts';
import type { Policy } from '../core/policy.ts';
import { restState } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { readBundle } from '../x509/bundle.ts';
import { mintCanary } from '../x509/canary.ts';
import { look } from './look.ts';
import { record } from './record.ts';

const HOUR = 3_600_000;

/** Of four days 20 hours are left: less than a third gives notice, and that disturbs nobody. */
const LEFT_MS = 20 * HOUR;
const LIFETIME_MS = 96 * HOUR;

/**
 * Observes a certificate that was minted for the purpose and is about to end, and records it as any other. What is to be
 * said of it is said by the next evaluation: to whoever counts canaries, and to nobody else.
 *
 * @returns What was decided: one alert, each day.
 */
export async function releaseCanary(
  table: Table,
  policy: Policy,
  now: Date,
): Promise<readonly LedgerEntry[]> {
  const end = now.getTime() + LEFT_MS;
  const { certificates } = readBundle(mintCanary(new Date(end - LIFETIME_MS), new Date(end)));
  const nothing = { blocks: certificates.length, unreadable: [], duplicates: 0, privateKeyLines: [] };
  const observation: Observation = { kind: 'file', observedAt: now, certificates, ...nothing };
  const canary: TargetRecord = {
    target: { kind: 'file', id: CANARY_TARGET, path: CANARY_TARGET, owner: null, tags: {} },
    origin: 'discovered',
    addedAt: toInstant(new Date(0)),
  };
  const seen = await look(
    table,
    { collect: async () => observation, close: () => undefined },
    canary,
    policy,
  );
  if (seen === null) return [];
  const occasion = { policy, impaired: false, baseline: false, acknowledgements: [] };
  const { changed } = await record(table, seen, occasion);
  // Nobody looks at it: it is there only when it is released.
  await restState(table, CANARY_TARGET);
  return changed;
}
