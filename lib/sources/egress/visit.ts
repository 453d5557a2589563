import { createSecureContext, type SecureContext } from 'node:tls';
import type { FetchFailure } from '../../core/fetch-failure.ts';
import type { Failure } from '../../core/reason.ts';
import type { HostResolver } from '../tls-endpoint/resolve.ts';
import { connect } from './connect.ts';
import type { Course } from './course.ts';
import type { Destination } from './destination.ts';
import { type Answer, exchange, type Question } from './exchange.ts';
import { type Allowance, judgeAddress } from './guard.ts';

export interface VisitOptions {
  readonly guard: Allowance;
  readonly resolver: HostResolver;
  readonly ca?: readonly string[];
}

/** One request to one host: resolved, judged, connected to a judged address, answered. It ends with its course. */
export type Visit = (
  to: Destination,
  question: Question,
  course: Course,
) => Promise<Answer | { readonly failure: FetchFailure }>;

/** Addresses of one host that are tried, one after the other, until one is connected. */
const MAX_TRIED = 4;

/** @throws Error where `ca` cannot be read. */
export function createVisit({ guard, resolver, ca }: VisitOptions): Visit {
  let context: SecureContext | undefined =
    ca === undefined ? undefined : createSecureContext({ ca: [...ca] });

  async function resolve(host: string, course: Course): Promise<readonly string[] | FetchFailure> {
    const known = resolver.known(host);
    if (known !== undefined) return known;
    // The other half is for what comes after an answer that took its time.
    const asked = resolver.query(host, course.remainingMs() / 2);
    const resolution = await Promise.race([asked, course.ended.then((ended) => ({ ended }))]);
    if ('ended' in resolution) return resolution.ended;
    return 'failure' in resolution ? dnsFailure(resolution.failure) : resolution.addresses;
  }

  function secureFor({ secure, host }: Destination) {
    if (!secure) return undefined;
    context ??= createSecureContext();
    return { host: host.replace(/\.$/, ''), context };
  }

  return async (to, question, course) => {
    const addresses = await resolve(to.host, course);
    if ('code' in addresses) return { failure: addresses };
    const { open, refusal } = judgeAll(addresses, guard);
    let failure: FetchFailure = refusal ?? { code: 'dns_not_found' };
    const tried = open.slice(0, MAX_TRIED);
    for (const [index, address] of tried.entries()) {
      // Each address gets its share of the time, so that one that keeps silent does not take that of the next.
      const timeoutMs = course.remainingMs() / (tried.length - index);
      const target = { address, port: to.port, secure: secureFor(to), timeoutMs };
      const connection = await connect(target, course.signal);
      if ('socket' in connection) return exchange(connection.socket, question, course.signal);
      failure = connection.failure;
      if (course.signal.aborted) break;
    }
    return { failure };
  };
}

/** Each address by itself: one that is refused says nothing about the others of its host. */
function judgeAll(addresses: readonly string[], guard: Allowance) {
  const open: string[] = [];
  let refusal: FetchFailure | undefined;
  for (const address of addresses) {
    const verdict = judgeAddress(address, guard);
    if (verdict.allowed) open.push(address);
    else refusal ??= { code: 'address_refused', detail: `${address} is in ${verdict.range}: ${verdict.why}` };
  }
  return { open, refusal };
}

function dnsFailure({ reason, detail }: Failure): FetchFailure {
  const code = reason === 'dns_not_found' || reason === 'dns_timeout' ? reason : 'dns_failed';
  return detail === undefined ? { code } : { code, detail };
}
