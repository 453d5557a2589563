import { isIP } from 'node:net';
import { MAX_ADDRESSES } from '../../core/content.ts';
import type { Endpoint } from '../../core/endpoint.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { readCertificate } from '../../x509/certificate.ts';
import { findPath } from '../../x509/path.ts';
import type { Trust } from '../../x509/trust.ts';
import { createLimit } from '../limit.ts';
import { type AddressGroup, startGroup } from './address-group.ts';
import { type ClientCertificate, createProbeContext } from './context.ts';
import { type ConversationOptions, converse } from './conversation.ts';
import { processSockets } from './open-files.ts';
import { createHostResolver, type Resolution, SOCKETS_PER_QUERY } from './resolve.ts';
import { selectAddresses } from './select-addresses.ts';

export interface ProberOptions {
  readonly trust: Trust;
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
  /** The clock that `observedAt` is read from. @default the host's */
  readonly now?: () => Date;
}

/** Looks at endpoints over TLS. It belongs to one run: the system's resolver files are read when it is created. */
export interface Prober {
  /** Never rejects: not being able to look is an observation. Call it for every endpoint; it queues them itself. */
  probe(endpoint: Endpoint): Promise<EndpointObservation>;
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
  const secureContext = createProbeContext(trust, options.clientCertificate);
  const live = new Set<AddressGroup>();
  let closed = false;

  const judge: ConversationOptions['judge'] = (presented, verdict) => ({
    certificates: presented.map(readCertificate),
    ...findPath(presented, trust),
    verdict,
  });

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

  async function observe({ host, port, serverName }: Endpoint): Promise<EndpointObservation> {
    const observedAt = now();
    const sni = nameToSend(serverName);
    let budgetMs = timeoutMs;
    let known = resolver.known(host);
    let unresolved: EndpointObservation['unresolved'];
    if (known === undefined) {
      const { resolution, tookMs } = await ask(host);
      if (closed) return failed(observedAt, CLOSED);
      if ('failure' in resolution) return failed(observedAt, resolution.failure);
      known = resolution.addresses;
      unresolved = resolution.unresolved;
      budgetMs = Math.max(1, timeoutMs - tookMs);
    }

    const chosen = selectAddresses(known, maxAddresses);
    await sockets.take(chosen.length);
    if (closed) {
      sockets.give(chosen.length);
      return failed(observedAt, CLOSED);
    }
    const group = startGroup(chosen, budgetMs, sockets, (address) =>
      converse({ address, port, serverName: sni, secureContext, judge }),
    );
    live.add(group);
    const addresses = await group.done;
    live.delete(group);
    return {
      kind: 'endpoint',
      observedAt,
      addresses,
      addressesKnown: known.length,
      ...(unresolved === undefined ? {} : { unresolved }),
    };
  }

  return {
    async probe(endpoint) {
      await slots.take();
      try {
        if (closed) return failed(now(), CLOSED);
        return await observe(endpoint);
      } catch (error) {
        return failed(now(), { reason: 'internal_error', detail: (error as Error).message });
      } finally {
        slots.give();
      }
    },
    close() {
      closed = true;
      resolver.cancel();
      for (const group of live) group.expire(CLOSED);
    },
  };
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
