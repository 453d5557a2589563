import { toInstant } from '../core/instant.ts';
import { attentionAt } from '../core/plan.ts';
import type { Cadence, TargetState } from '../core/state.ts';
import { batchGet } from './batch.ts';
import { clip, type Item, itemOf, recordOf } from './codec.ts';
import { type DueTarget, dueTargetOf } from './due.ts';
import { queryItems } from './query.ts';
import {
  attentionPartition,
  cadencePartition,
  type Key,
  keyPart,
  SHARDS,
  SORT_KEYS,
  shardOfTarget,
  targetPartition,
} from './schema.ts';
import type { Table } from './table.ts';
import { deleteIf, putIf, updateIf } from './write.ts';

/** What became of a write that gives way to newer data: `stale` is a success, too. */
export type Outcome = 'written' | 'stale';

// With the id three times over, this keeps the item within the one write unit (1 KB) that an observation may cost.
const LONGEST_DETAIL = 200;

/**
 * Remembers what the latest observation of a target came to, unless a later one is stored already. Where `previous`
 * is what is stored, only the attributes that changed are written: an unchanged target touches no index.
 *
 * @param previous As read before; undefined for a target that was never looked at.
 */
export async function recordState(
  table: Table,
  state: TargetState,
  previous: TargetState | undefined,
): Promise<Outcome> {
  const item = stateItem(state);
  if (previous !== undefined && previous.observedAt <= state.observedAt) {
    const condition = {
      expression: 'observedAt = :previous',
      values: { ':previous': previous.observedAt },
    };
    if (await updateIf(table, stateKey(state.target), changed(stateItem(previous), item), condition)) {
      return 'written';
    }
  }
  // Somebody else wrote in between, perhaps something older than this: then nothing of it may be left.
  const condition = {
    expression: 'attribute_not_exists(pk) OR attribute_not_exists(observedAt) OR observedAt <= :observed',
    values: { ':observed': state.observedAt },
  };
  return (await putIf(table, item, condition)) ? 'written' : 'stale';
}

/** The states of those targets that have one, by id. */
export async function readStates(table: Table, ids: readonly string[]): Promise<Map<string, TargetState>> {
  const states = (await batchGet(table, ids.map(stateKey))).map(stateOf);
  return new Map(states.map((state) => [state.target, state]));
}

/** The targets that are looked at this often, in no order. */
export async function* targetsByCadence(
  table: Table,
  cadence: Cadence,
): AsyncGenerator<DueTarget, void, undefined> {
  for (let shard = 0; shard < SHARDS; shard++) {
    const range = { index: 'gsi1', partition: cadencePartition(cadence, shard) } as const;
    for await (const item of queryItems(table, range)) {
      if (typeof item['target'] === 'string') yield dueTargetOf(item);
    }
  }
}

/** The targets that want to be looked at by now, before the regular turn of their class comes round. */
export async function* targetsForAttention(
  table: Table,
  now: Date,
): AsyncGenerator<DueTarget, void, undefined> {
  for (let shard = 0; shard < SHARDS; shard++) {
    const range = {
      index: 'gsi2',
      partition: attentionPartition(shard),
      between: ['0', `${toInstant(now)}#~`],
    } as const;
    for await (const item of queryItems(table, range)) {
      if (typeof item['target'] === 'string') yield dueTargetOf(item);
    }
  }
}

/** Takes the state of a target that is no longer watched out of the indexes that say when it is due. */
export async function restState(table: Table, id: string): Promise<void> {
  const nothing = { gsi1pk: undefined, gsi1sk: undefined, gsi2pk: undefined, gsi2sk: undefined };
  const condition = { expression: 'attribute_exists(pk)' };
  await updateIf(table, stateKey(id), nothing, condition);
}

/** The state that an item keeps. */
export function stateOf(item: Item): TargetState {
  return recordOf<TargetState>(item, {
    target: '',
    observedAt: '',
    seenAt: null,
    failures: 0,
    cadence: '15m',
    nextRungAt: null,
  });
}

const stateKey = (id: string): Key => ({ pk: targetPartition(id), sk: SORT_KEYS.state });

function stateItem(state: TargetState): Item {
  const { failure, ...rest } = state;
  const detail = failure?.detail === undefined ? {} : { detail: clip(failure.detail, LONGEST_DETAIL) };
  const shard = shardOfTarget(state.target);
  const attention = attentionAt(state);
  return itemOf(
    stateKey(state.target),
    failure === undefined ? rest : { ...rest, failure: { reason: failure.reason, ...detail } },
    {
      gsi1: [cadencePartition(state.cadence, shard), keyPart(state.target)],
      ...(attention === null
        ? {}
        : { gsi2: [attentionPartition(shard), `${toInstant(attention)}#${keyPart(state.target)}`] as const }),
    },
  );
}

/** The attributes that differ, undefined where they are to be removed; `observedAt` always, so that it is never empty. */
function changed(from: Item, to: Item): Item {
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  const differing = [...names].filter(
    (name) => name === 'observedAt' || JSON.stringify(from[name]) !== JSON.stringify(to[name]),
  );
  return Object.fromEntries(differing.map((name) => [name, to[name]]));
}

/** Forgets a state that was observed after `instant` (ISO 8601): the clock that says so was wrong. */
export async function forgetState(table: Table, id: string, instant: string): Promise<void> {
  await deleteIf(table, stateKey(id), { expression: 'observedAt > :now', values: { ':now': instant } });
}
