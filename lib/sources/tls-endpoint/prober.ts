import { isIP } from 'node:net';
import { MAX_ADDRESSES } from '../../core/content.ts';
import type { Endpoint } from '../../core/endpoint.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { mozillaStore, type Trust, type TrustStore } from '../../x509/trust.ts';
import { createLimit } from '../limit.ts';
import { lookAtAddress } from './attempts.ts';
import { createBeginner } from './begin.ts';
import { type ClientCertificate, createContexts } from './context.ts';
import { lookDeeper } from './deep-look.ts';
import { createJudge } from './judge-presented.ts';
import { processSockets } from './open-files.ts';
import { createPace } from './pace.ts';
import type { HttpProxy } from './proxy.ts';
import { createHostResolver, type Resolution, SOCKETS_PER_QUERY } from './resolve.ts';
import { selectAddresses } from './select-addresses.ts';
import { createVisits } from './visits.ts';

export interface ProberOptions {
  /** Everything that is trusted here. */
  readonly trust: Trust;
  /** Sets of anchors that are judged apart. @default Mozilla's alone */
  readonly stores?: readonly TrustStore[];
  /** For one endpoint: from the first DNS packet to the last byte of its last address. Waiting for a turn is free. */
  readonly timeoutMs: number;
  /** Endpoints in flight. */
  readonly concurrency: number;
  /** Addresses probed per endpoint. @default 64 */
  readonly maxAddresses?: number;
  /** A name server to ask instead of the system's. */
  readonly dns?: { readonly address: string; readonly port: number } | undefined;
  /** Offered to servers that ask for one. */
  readonly clientCertificate?: ClientCertificate;
  /** Asked to let every connection through. It also resolves the names: each then counts as one address. */
  readonly proxy?: HttpProxy;
  /** Says why an address must not be connected to; null for one that may be. @default all may be */
  readonly guard?: (address: string) => string | null;
  /** Connections to one address and second. @default 50, and no limit for this machine's own addresses */
  readonly perSecond?: number;
  /** The clock that `observedAt` is read from. @default the host's */
  readonly now?: () => Date;
}

/** Looks at endpoints over TLS. It belongs to one run: the system's resolver files are read when it is created. */
export interface Prober {
  /**
   * Never rejects: not being able to look is an observation. Call it for every endpoint; it queues them itself.
   *
   * @param isDeep Whether to look deeper (`DeepLook`) after what was seen. It costs further handshakes, within a deadline
   * of their own. @default never
   */
  probe(
    endpoint: Endpoint,
    isDeep?: (seen: EndpointObservation) => boolean | Promise<boolean>,
  ): Promise<EndpointObservation>;
  /** Ends every probe at once, waiting ones included; what has not answered by then says so. */
  close(): void;
}

const CLOSED: Failure = { reason: 'internal_error', detail: 'the prober was closed' };

/** @throws Error where the client certificate and its key cannot be used. */
export function createProber(options: ProberOptions): Prober {
  const { trust, timeoutMs, now = () => new Date() } = options;
  const slots = createLimit(options.concurrency);
  const sockets = processSockets();
  const maxAddresses = Math.min(options.maxAddresses ?? MAX_ADDRESSES, sockets.capacity);
  const resolver = createHostResolver({ server: options.dns });
  const contextFor = createContexts(trust, options.clientCertificate);
  const visits = createVisits(sockets, createPace(options.perSecond));
  let closed = false;

  const standard = { trust, stores: options.stores ?? [mozillaStore()] };
  const judge = createJudge(standard, now);

  async function ask(host: string): Promise<{ resolution: Resolution; tookMs: number }> {
    await sockets.take(SOCKETS_PER_QUERY);
    const startedAt = performance.now();
    try {
      const resolution = await resolver.query(host, timeoutMs);
      return { resolution, tookMs: performance.now() - startedAt };
    } finally {
      sockets.give(SOCKETS_PER_QUERY);
    }
  }

  /** The addresses to look at, or why there are none, and how much of the deadline finding them left. */
  async function locate(host: string): Promise<Located | { readonly failure: Failure }> {
    const known = options.proxy === undefined ? resolver.known(host) : [host];
    if (known !== undefined) return { addresses: known, budgetMs: timeoutMs };
    const { resolution, tookMs } = await ask(host);
    if (closed) return { failure: CLOSED };
    return 'failure' in resolution
      ? resolution
      : { ...resolution, budgetMs: Math.max(1, timeoutMs - tookMs) };
  }

  async function observe(
    endpoint: Endpoint,
    isDeep: NonNullable<Parameters<Prober['probe']>[1]>,
  ): Promise<EndpointObservation> {
    const observedAt = now();
    const serverName = nameToSend(endpoint.serverName);
    const located = await locate(endpoint.host);
    if ('failure' in located) return failed(observedAt, located.failure);
    const chosen = selectAddresses(located.addresses, maxAddresses);
    const refused = new Map(chosen.map((address) => [address, refusalOf(address, options)]));
    const allowed = chosen.filter((address) => refused.get(address) === undefined);
    const beginner = createBeginner(endpoint, {
      serverName,
      judge,
      contextFor,
      proxy: options.proxy,
      hasClientCertificate: options.clientCertificate !== undefined,
    });

    const looked = await visits.pay({
      addresses: allowed,
      budgetMs: located.budgetMs,
      begin: beginner.begin,
      look: (speak) => lookAtAddress(speak, serverName !== undefined),
    });
    const seen = new Map(looked.map((each) => [each.address, each]));
    const observation: EndpointObservation = {
      kind: 'endpoint',
      observedAt,
      addresses: chosen.map(
        (address) => seen.get(address) ?? { address, failure: refused.get(address) ?? CLOSED, elapsedMs: 0 },
      ),
      addressesKnown: located.addresses.length,
      ...(located.unresolved === undefined ? {} : { unresolved: located.unresolved }),
    };
    const hasAnswer = looked.some(({ answer }) => answer !== undefined);
    if (!hasAnswer || closed || !(await isDeep(observation))) return observation;
    return lookDeeper(observation, {
      beginner,
      hasName: serverName !== undefined,
      pay: (visit) => visits.pay({ ...visit, budgetMs: timeoutMs }),
    });
  }

  return {
    async probe(endpoint, isDeep = () => false) {
      await slots.take();
      try {
        if (closed) return failed(now(), CLOSED);
        return await observe(endpoint, isDeep);
      } catch (error) {
        return failed(now(), { reason: 'internal_error', detail: (error as Error).message });
      } finally {
        slots.give();
      }
    },
    close() {
      closed = true;
      resolver.cancel();
      visits.close(CLOSED);
    },
  };
}

/** Why an address must not be connected to; undefined for one that may be. */
export function refusalOf(
  address: string,
  { guard, proxy }: Pick<ProberOptions, 'guard' | 'proxy'>,
): Failure | undefined {
  // Behind a proxy a name stays a name, which the proxy alone can judge.
  if (proxy !== undefined && isIP(address) === 0) return undefined;
  const why = guard?.(address) ?? null;
  return why === null ? undefined : { reason: 'address_refused', detail: why };
}

interface Located {
  readonly addresses: readonly string[];
  readonly budgetMs: number;
  readonly unresolved?: EndpointObservation['unresolved'];
}

/** RFC 6066 §3: a literal address is not a name to send. Throws an Error for what the extension cannot carry. */
function nameToSend(serverName: string): string | undefined {
  if (isIP(serverName) !== 0) return undefined;
  // OpenSSL refuses these too, but then leaves the socket and its error for somebody else to trip over.
  if (serverName === '' || serverName.length > MAX_SNI || serverName.includes('\0')) {
    throw new Error(`a server name of 1 to ${MAX_SNI} characters was expected, not of ${serverName.length}`);
  }
  return serverName;
}

const MAX_SNI = 255;

function failed(observedAt: Date, failure: Failure): EndpointObservation {
  return { kind: 'endpoint', observedAt, addresses: [], addressesKnown: 0, failure };
}
