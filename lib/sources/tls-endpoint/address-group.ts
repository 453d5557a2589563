import type { AddressObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import type { Limit } from '../limit.ts';
import type { Conversation } from './conversation.ts';

/** Conversations with all addresses of one endpoint, side by side under one deadline. */
export interface AddressGroup {
  /** In the order of the addresses, when the last socket is closed. Never rejects. */
  readonly done: Promise<readonly AddressObservation[]>;
  /** Ends what is still going on: see `Conversation.expire`. */
  expire(failure?: Failure): void;
}

/**
 * Begins a conversation with every address. The caller has taken one unit of `sockets` for each; it goes back when the
 * socket is closed. An address for which this process had no descriptor left is tried once more, when one was freed.
 */
export function startGroup(
  addresses: readonly string[],
  budgetMs: number,
  sockets: Limit,
  begin: (address: string) => Conversation,
): AddressGroup {
  const live = new Set<Conversation>();
  const over = Promise.withResolvers<void>();
  let expired = false;

  const expire = (failure?: Failure) => {
    expired = true;
    for (const conversation of live) conversation.expire(failure);
    over.resolve();
  };

  // On a busy host bytes may have arrived that nobody has read yet: one more turn of the loop before it is silence.
  let lastTurn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    lastTurn = setImmediate(expire);
  }, budgetMs);

  async function attempt(address: string): Promise<AddressObservation> {
    const conversation = begin(address);
    live.add(conversation);
    const observation = await conversation.done;
    live.delete(conversation);
    return observation;
  }

  async function converseWith(address: string): Promise<AddressObservation> {
    try {
      const first = await attempt(address);
      if (first.failure?.reason !== 'out_of_sockets') return first;
      await Promise.race([sockets.nextReturn(), over.promise]);
      return expired ? first : await attempt(address);
    } catch (error) {
      return {
        address,
        failure: { reason: 'internal_error', detail: (error as Error).message },
        elapsedMs: 0,
      };
    } finally {
      sockets.give();
    }
  }

  const done = Promise.all(addresses.map(converseWith)).finally(() => {
    clearTimeout(timer);
    clearImmediate(lastTurn);
  });
  return { done, expire };
}
