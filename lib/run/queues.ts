import type { DueTarget } from '../store/due.ts';
import { slices } from '../store/parallel.ts';
import type { CollectMessage, ProbeMessage } from './messages.ts';

/** Puts messages on a queue; rejects with a sentence that names the queue where it does not take all of them. */
export type Send = (bodies: readonly string[]) => Promise<void>;

/** The queues of a deployed monitor. */
export interface Queues {
  /** By the name of the network; '' for the public one. */
  readonly probe: ReadonlyMap<string, Send>;
  readonly collect: Send;
}

/** As many as one function looks at side by side, and far below the size that one message may have. */
export const TARGETS_PER_MESSAGE = 50;

/** What was handed to the probe queues. */
export interface Sent {
  readonly targets: number;
  readonly chunks: number;
  /** Targets of a network that the deployment does not have. */
  readonly stranded: readonly DueTarget[];
}

/** Sends targets to the queues that they are probed from, in chunks. Memory stays bounded however many there are. */
export async function sendProbes(
  queues: Queues,
  targets: AsyncIterable<DueTarget>,
  run: Pick<ProbeMessage, 'run' | 'startedAt' | 'deadline'>,
): Promise<Sent> {
  const waiting = new Map<string, string[]>();
  const stranded: DueTarget[] = [];
  let count = 0;
  let chunks = 0;
  const flush = async (network: string, all: boolean) => {
    const ids = waiting.get(network) ?? [];
    const ready = all ? ids.length : ids.length - (ids.length % TARGETS_PER_MESSAGE);
    const bodies = Array.from(slices(ids.splice(0, ready), TARGETS_PER_MESSAGE), (slice) => {
      chunks += 1;
      const message: ProbeMessage = { v: 1, ...run, chunk: String(chunks).padStart(6, '0'), ids: [...slice] };
      return JSON.stringify(message);
    });
    if (bodies.length > 0) await queues.probe.get(network)?.(bodies);
  };
  for await (const target of targets) {
    const { network = '' } = target;
    if (!queues.probe.has(network)) {
      stranded.push(target);
      continue;
    }
    count += 1;
    const ids = waiting.get(network) ?? [];
    waiting.set(network, ids);
    ids.push(target.target);
    if (ids.length >= TARGETS_PER_MESSAGE * 10) await flush(network, false);
  }
  for (const network of waiting.keys()) await flush(network, true);
  return { targets: count, chunks, stranded };
}

/** Asks for the listing of a source. */
export async function sendCollects(queues: Queues, messages: readonly CollectMessage[]): Promise<void> {
  if (messages.length > 0) await queues.collect(messages.map((message) => JSON.stringify(message)));
}
