import type { AddressObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import type { Limit } from '../limit.ts';
import type { Conversation } from './conversation.ts';
import { startCountdown } from './countdown.ts';

/** Conversations with all addresses of one endpoint, side by side under one deadline. */
export interface AddressGroup {
  /** In the order of the addresses, when the last socket is closed. Never rejects. */
  readonly done: Promise<readonly AddressObservation[]>;
  /** Ends what is still going on: see `Conversation.expire`. */
  expire(failure?: Failure): void;
  /** See `Conversation`. */
  endWhatPours(): void;
}

/** Holds one conversation after the other with one address. Once the time is up there are no more: it says so. */
export type Speak<How> = (how: How) => Promise<AddressObservation>;

export interface GroupOptions<How> {
  readonly addresses: readonly string[];
  /** Milliseconds for all of it; waiting for a turn is free, up to a minute. */
  readonly budgetMs: number;
  readonly sockets: Limit;
  /** Reserves the next turn at an address: how many milliseconds there are to wait. The first one was waited for. */
  readonly reserve: (address: string) => number;
  readonly begin: (address: string, how: How) => Conversation;
  /** What is asked of one address. */
  readonly look: (speak: Speak<How>, address: string) => Promise<AddressObservation>;
}

/**
 * Looks at every address. The caller has taken one unit of `sockets` for each; it goes back when the last socket is
 * closed. A conversation for which this process had no descriptor left is tried again, when one was freed.
 */
export function startGroup<How>(options: GroupOptions<How>): AddressGroup {
  const { addresses, budgetMs, sockets, reserve, begin, look } = options;
  const live = new Set<Conversation>();
  const over = Promise.withResolvers<void>();
  let expired = false;

  const expire = (failure?: Failure) => {
    expired = true;
    for (const conversation of live) conversation.expire(failure);
    over.resolve();
  };

  const countdown = startCountdown(budgetMs, () => expire());
  /** Addresses at which something is going on, other than waiting for a turn. */
  let busy = addresses.length;

  async function awaitTurn(address: string): Promise<void> {
    const ms = expired ? 0 : reserve(address);
    if (ms <= 0) return;
    busy -= 1;
    if (busy === 0) countdown.stop();
    const turn = Promise.withResolvers<void>();
    const timer = setTimeout(turn.resolve, ms);
    await Promise.race([turn.promise, over.promise]);
    clearTimeout(timer);
    busy += 1;
    countdown.go();
  }

  async function attempt(address: string, how: How): Promise<AddressObservation> {
    if (expired) return { address, failure: { reason: 'handshake_timeout' }, elapsedMs: 0 };
    const conversation = begin(address, how);
    live.add(conversation);
    const observation = await conversation.done;
    live.delete(conversation);
    return observation;
  }

  async function converse(address: string, how: How): Promise<AddressObservation> {
    let isShort = false;
    for (;;) {
      const seen = await attempt(address, how);
      if (expired) return seen;
      if (seen.failure?.reason !== 'out_of_sockets') {
        // There are more again than there were at the last shortage, or as many.
        sockets.grow();
        return seen;
      }
      // There are fewer than was counted on, and somebody else in this process has them: fewer at a time, then.
      if (!isShort) sockets.shrink();
      isShort = true;
      const returned = sockets.nextReturn();
      await Promise.race([returned.done, over.promise]);
      returned.cancel();
      if (expired) return seen;
    }
  }

  async function lookAt(address: string): Promise<AddressObservation> {
    let isFirst = true;
    const speak: Speak<How> = async (how) => {
      if (!isFirst) await awaitTurn(address);
      isFirst = false;
      return converse(address, how);
    };
    try {
      return await look(speak, address);
    } catch (error) {
      return {
        address,
        failure: { reason: 'internal_error', detail: (error as Error).message },
        elapsedMs: 0,
      };
    } finally {
      sockets.give();
      busy -= 1;
      if (busy === 0) countdown.stop();
    }
  }

  const done = Promise.all(addresses.map(lookAt)).finally(countdown.cancel);
  const endWhatPours = () => {
    for (const conversation of live) conversation.endIfPouring();
  };
  return { done, expire, endWhatPours };
}
