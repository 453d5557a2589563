import { promises } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import type { EndpointObservation } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { addressesFromHosts, type Hosts, parseHosts } from './hosts-file.ts';
import { parseResolvConf, type SearchRules, searchApplies } from './resolv-conf.ts';

/** A name's addresses, each once, and the family that could not be asked; or why there are no addresses at all. */
export type Resolution =
  | { readonly addresses: readonly string[]; readonly unresolved?: EndpointObservation['unresolved'] }
  | { readonly failure: Failure };

/** Turns hosts into addresses the way this machine would, without the four threads that getaddrinfo shares. */
export interface HostResolver {
  /** What is known without asking: IP literals, the hosts file, localhost. Undefined where DNS has to be asked. */
  known(host: string): readonly string[] | undefined;
  /** Asks DNS for A and AAAA side by side. Takes no longer than `budgetMs`, holds up to two sockets, never rejects. */
  query(host: string, budgetMs: number): Promise<Resolution>;
  /** Ends every query at once; they fail as if their time were up. */
  cancel(): void;
}

export interface HostResolverOptions {
  /** The name server to ask instead of the system's. The system's search list then does not apply. */
  readonly server?: { readonly address: string; readonly port: number } | undefined;
  readonly hosts?: Hosts;
  readonly search?: SearchRules;
}

/** Sockets that one query may need at once: UDP, and TCP after a truncated answer. */
export const SOCKETS_PER_QUERY = 2;

/** Reads the system's files once: a resolver belongs to one run, so that the next run sees what has changed. */
export function createHostResolver(options: HostResolverOptions = {}): HostResolver {
  const hosts = options.hosts ?? parseHosts(readIfThere('/etc/hosts'));
  const search = options.search ?? parseResolvConf(options.server ? '' : readIfThere('/etc/resolv.conf'));
  // cancel() ends every query of its Resolver, so each lookup in flight has one of its own; they are used again.
  const idle: promises.Resolver[] = [];
  const busy = new Set<promises.Resolver>();

  function newResolver(): promises.Resolver {
    const resolver = new promises.Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
    const { server } = options;
    if (server !== undefined) {
      resolver.setServers([
        `${isIPv6(server.address) ? `[${server.address}]` : server.address}:${server.port}`,
      ]);
    }
    return resolver;
  }

  return {
    known: (host) => (isIP(host) === 0 ? addressesFromHosts(hosts, host) : [host]),
    async query(host, budgetMs) {
      const startedAt = performance.now();
      const resolver = idle.pop() ?? newResolver();
      busy.add(resolver);
      const domains = searchApplies(search, host) ? search.search : [];
      const resolution = await queryEach(resolver, host, domains, startedAt + budgetMs);
      busy.delete(resolver);
      idle.push(resolver);
      return resolution;
    },
    cancel() {
      for (const resolver of busy) resolver.cancel();
    },
  };
}

const FIRST_TRY_MS = 1000;
const TRIES = 3;

/** How long a family may take once the other one has answered: a resolver that drops AAAA must not cost the probe. */
const SECOND_FAMILY_MS = 1000;

async function queryBoth(resolver: promises.Resolver, host: string, budgetMs: number): Promise<Resolution> {
  const cancel = () => resolver.cancel();
  let timer = setTimeout(cancel, budgetMs);
  let pending = 2;
  const answered = (addresses: readonly string[]): readonly string[] => {
    pending -= 1;
    if (pending === 1 && addresses.length > 0) {
      clearTimeout(timer);
      timer = setTimeout(cancel, Math.min(SECOND_FAMILY_MS, budgetMs / 4));
    }
    return addresses;
  };
  const failed = (error: NodeJS.ErrnoException): Failure => {
    pending -= 1;
    return dnsFailure(error);
  };
  try {
    const [v4, v6] = await Promise.all([
      resolver.resolve4(host).then(answered, failed),
      resolver.resolve6(host).then(answered, failed),
    ]);
    const addresses = [...new Set([...addressesOf(v4), ...addressesOf(v6)])];
    if (addresses.length === 0) return { failure: worst([v4, v6].filter((each) => 'reason' in each)) };
    const unresolved = [...unanswered(4, v4), ...unanswered(6, v6)];
    return unresolved.length === 0 ? { addresses } : { addresses, unresolved };
  } catch (error) {
    // A name that c-ares refuses to encode is thrown, not rejected.
    return { failure: dnsFailure(error as NodeJS.ErrnoException) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A name as it is, then under each domain of the search list, within one deadline. By c-ares as well: getaddrinfo would
 * do it by itself, but cannot be stopped, and a process waits for it at its end. A resolver that keeps silent, or was
 * cancelled, is asked no further.
 */
async function queryEach(
  resolver: promises.Resolver,
  host: string,
  domains: readonly string[],
  deadline: number,
): Promise<Resolution> {
  const failures: Failure[] = [];
  for (const name of [host, ...domains.map((domain) => `${host}.${domain}`)]) {
    const resolution = await queryBoth(resolver, name, Math.max(0, deadline - performance.now()));
    if ('addresses' in resolution) return resolution;
    failures.push(resolution.failure);
    if (resolution.failure.reason === 'dns_timeout') break;
  }
  return { failure: worst(failures) };
}

type FamilyResult = readonly string[] | Failure;

function addressesOf(result: FamilyResult): readonly string[] {
  return 'reason' in result ? [] : result;
}

/** "There is no such address" is an answer; a resolver that fails or keeps silent has given none. */
function unanswered(family: 4 | 6, result: FamilyResult): NonNullable<EndpointObservation['unresolved']> {
  return 'reason' in result && result.reason !== 'dns_not_found' ? [{ family, failure: result }] : [];
}

/** Of several answers without an address, what says most: a name that may exist but could not be asked for outweighs "no". */
function worst(failures: readonly Failure[]): Failure {
  return (
    failures.find(({ reason }) => reason === 'dns_timeout') ??
    failures.find(({ reason }) => reason === 'dns_failed') ??
    failures[0] ?? { reason: 'dns_not_found' }
  );
}

/** https://nodejs.org/docs/latest-v24.x/api/dns.html#error-codes */
function dnsFailure(error: NodeJS.ErrnoException): Failure {
  const detail = error.code ?? error.message;
  switch (error.code) {
    case 'ENOTFOUND':
    case 'ENODATA':
    case 'EBADNAME':
      return { reason: 'dns_not_found', detail };
    case 'ETIMEOUT':
    case 'ECANCELLED':
      return { reason: 'dns_timeout' };
    default:
      return { reason: 'dns_failed', detail };
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
