/** The deployed monitor without AWS: dispatch, probe and evaluate over the embedded store, with queues in memory. */
import type { Digest } from '../../lib/core/alert.ts';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { TargetRecord } from '../../lib/core/inventory.ts';
import type { Observation } from '../../lib/core/observation.ts';
import { DEFAULT_POLICY, type Policy, UNATTENDED_WAITS } from '../../lib/core/policy.ts';
import type { EndpointTarget, Target } from '../../lib/core/target.ts';
import { dispatchProbes } from '../../lib/run/dispatch.ts';
import { type Evaluated, evaluateAll } from '../../lib/run/evaluate.ts';
import { parseProbeMessage } from '../../lib/run/messages.ts';
import { probeChunk, readOccasion } from '../../lib/run/probe-chunk.ts';
import type { Queues } from '../../lib/run/queues.ts';
import type { Table } from '../../lib/store/table.ts';
import { answerWith } from '../support/answer.ts';

/** The process that is killed: nothing that it does from then on reaches anybody. */
export class Killed extends Error {}

type Command = Parameters<Table['client']['send']>[0];

const READS = ['GetCommand', 'BatchGetCommand', 'QueryCommand'];

export const isRead = (command: Command) => READS.includes(command.constructor.name);

/** A table of which each request passes through `around` first, which may do it, or not. */
export function tableThrough(
  table: Table,
  around: (command: Command, send: () => Promise<unknown>) => Promise<unknown>,
): Table {
  const client = new Proxy(table.client, {
    get: (client, name) =>
      name === 'send'
        ? (command: Command) => around(command, async () => client.send(command))
        : Reflect.get(client, name),
  });
  return { client, name: table.name };
}

/** What an endpoint shows at an instant: the leaf that it serves, or undefined where it cannot be reached. */
export type Serves = (target: Target, now: Date) => Certificate | undefined;

export interface Pipeline {
  now: Date;
  /** Messages that were sent and not taken yet, with the instant from which they can be. */
  readonly queue: { body: string; from: Date }[];
  /** What the channel took, in order: a repetition is there twice. */
  readonly taken: Digest[];
  /** The channel refuses what it is given. */
  refuses: boolean;
  dispatch(table: Table): Promise<void>;
  /** Takes one message; it stays where the process fails. */
  probe(table: Table, index?: number): Promise<void>;
  evaluate(table: Table): Promise<Evaluated>;
  /** A round in which nothing goes wrong: a pulse, its messages, and the pulse after it. */
  settle(table: Table): Promise<void>;
}

const UNATTENDED: Policy = { ...DEFAULT_POLICY, waits: UNATTENDED_WAITS };

export function pipeline(start: Date, serves: Serves, policy: Policy = UNATTENDED): Pipeline {
  const self: Pipeline = {
    now: start,
    queue: [],
    taken: [],
    refuses: false,
    async dispatch(table) {
      for (const cadence of ['15m', '1h', '6h', '1d'] as const)
        await dispatchProbes(table, queues, cadence, self.now);
    },
    async probe(table, index = 0) {
      const message = self.queue[index];
      if (message === undefined || message.from > self.now) return;
      await probeChunk(parseProbeMessage(message.body), {
        table,
        collector: { collect: async (target) => observe(target, self.now, serves), close: () => undefined },
        policy,
        occasion: await readOccasion(table),
        now: () => self.now,
        timeLeftMs: () => 600_000,
        timeoutMs: 10_000,
        concurrency: 10,
      });
      self.queue.splice(self.queue.indexOf(message), 1);
    },
    evaluate: (table) =>
      evaluateAll({
        table,
        queues,
        channels: [
          {
            name: 'test',
            deliver: async (digest) => {
              if (self.refuses) throw new Error('it refuses');
              self.taken.push(digest);
            },
          },
        ],
        policy,
        now: () => self.now,
        fence: () => undefined,
      }),
    async settle(table) {
      self.refuses = false;
      for (const message of self.queue) message.from = self.now;
      await self.dispatch(table);
      await self.evaluate(table);
      while (self.queue.length > 0) await self.probe(table);
      self.now = new Date(self.now.getTime() + 1_000);
      await self.evaluate(table);
    },
  };
  const queues: Queues = {
    probe: new Map([
      ['', async (bodies) => void self.queue.push(...bodies.map((body) => ({ body, from: self.now })))],
    ]),
    collect: async () => undefined,
  };
  return self;
}

function observe(target: Target, now: Date, serves: Serves): Observation {
  const leaf = serves(target, now);
  if (leaf !== undefined) return answerWith(leaf, now);
  const failure = { reason: 'connect_timeout' } as const;
  return { kind: 'endpoint', observedAt: now, addresses: [], addressesKnown: 0, failure };
}

export function recordOf(target: EndpointTarget, at: Date): TargetRecord {
  return { target, origin: 'command', addedAt: `${at.toISOString().slice(0, 19)}Z` };
}
