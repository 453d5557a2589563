import { type CaaRecord, promises } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { type Caa, type CaaIssuer, parseCaaIssuer } from '../core/caa.ts';
import { BoundedMap } from '../x509/bounded-map.ts';
import type { Limit } from './limit.ts';
import { processSockets } from './tls-endpoint/open-files.ts';
import { SOCKETS_PER_QUERY } from './tls-endpoint/resolve.ts';

/**
 * Asks for the CAA records of exactly this name, which the resolver follows to the target of a CNAME (RFC 8659 §3).
 * Rejects with c-ares' codes; `ENODATA` and `ENOTFOUND` mean that there are none. Takes no longer than `budgetMs`.
 */
export type QueryCaa = (name: string, budgetMs: number) => Promise<readonly CaaRecord[]>;

export interface CaaFinderOptions {
  readonly query: QueryCaa;
  /** For one domain with all the domains above it. Waiting for sockets is free. */
  readonly timeoutMs: number;
  /** What queries are counted against. @default the sockets of this process that probes share */
  readonly sockets?: Limit;
}

/** Finds who may issue for domains. It belongs to one run: what it learned is not asked for again. */
export interface CaaFinder {
  /**
   * The relevant record set of a domain, its own or the closest one above. Never rejects.
   * @param domain A name in A-label form, with or without `*.` in front. An IP address has no CAA records.
   */
  find(domain: string): Promise<Caa>;
}

/** A certificate with more labels in a name is nothing that a CA asked the DNS about in earnest. */
const MAX_LABELS = 32;

/** Names whose answer is remembered: ten thousand hosts share the domains above them. */
const MAX_REMEMBERED = 20_000;

export function createCaaFinder({
  query,
  timeoutMs,
  sockets = processSockets(),
}: CaaFinderOptions): CaaFinder {
  const answers = new BoundedMap<string, Promise<Answer>>(MAX_REMEMBERED);

  async function ask(name: string, budgetMs: number): Promise<Answer> {
    await sockets.take(SOCKETS_PER_QUERY);
    const startedAt = performance.now();
    try {
      return { records: await query(name, budgetMs), tookMs: performance.now() - startedAt };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const tookMs = performance.now() - startedAt;
      if (code === 'ENODATA' || code === 'ENOTFOUND') return { records: [], tookMs };
      return { failure: code ?? message, tookMs, budgetMs };
    } finally {
      sockets.give(SOCKETS_PER_QUERY);
    }
  }

  async function answerFor(name: string, budgetMs: number): Promise<Answer> {
    const known = answers.get(name);
    if (known !== undefined) {
      const answer = await known;
      // Another one that had hardly any time left may have failed for want of it.
      if (!('failure' in answer) || answer.budgetMs >= timeoutMs / 2) return { ...answer, tookMs: 0 };
    }
    const asking = ask(name, budgetMs);
    answers.set(name, asking);
    return asking;
  }

  return {
    async find(domain) {
      const name = domain.toLowerCase().replace(/^\*\./, '').replace(/\.$/, '');
      if (isIP(name) !== 0) return { state: 'none' };
      if (name === '') return { state: 'unknown', because: 'it is no domain name' };
      const labels = name.split('.');
      if (labels.length > MAX_LABELS) {
        return { state: 'unknown', because: `it has more than ${MAX_LABELS} labels` };
      }
      let leftMs = timeoutMs;
      for (const at of labels.map((_, above) => labels.slice(above).join('.'))) {
        if (leftMs <= 0) return { state: 'unknown', because: 'the resolver did not answer in time' };
        const answer = await answerFor(at, leftMs);
        if ('failure' in answer) return { state: 'unknown', because: `${at}: ${answer.failure}` };
        if (answer.records.length > 0) return relevant(at, answer.records);
        leftMs -= answer.tookMs;
      }
      return { state: 'none' };
    },
  };
}

type Answer = { readonly tookMs: number } & (
  | { readonly records: readonly CaaRecord[] }
  | { readonly failure: string; readonly budgetMs: number }
);

/** Registered at IANA (https://www.iana.org/assignments/pkix-parameters): CAs know them, whether they use them or not. */
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'iodef',
  'contactemail',
  'contactphone',
  'issuemail',
  'issuevmc',
]);

function relevant(at: string, records: readonly CaaRecord[]): Caa {
  const issue: CaaIssuer[] = [];
  const issuewild: CaaIssuer[] = [];
  const criticalUnknown: string[] = [];
  for (const record of records) {
    const { tag, value, critical } = propertyOf(record);
    if (tag === 'issue') issue.push(parseCaaIssuer(value));
    else if (tag === 'issuewild') issuewild.push(parseCaaIssuer(value));
    else if (critical && !KNOWN_TAGS.has(tag)) criticalUnknown.push(tag);
  }
  return { state: 'found', at, issue, issuewild, criticalUnknown };
}

/**
 * Node gives a record as an object with its tag, as it is spelled, for a key beside `critical` and `type`. A tag of
 * that very name is lost, or takes the place of the flags: then it is unknown, and critical for all that can be told.
 */
function propertyOf(record: CaaRecord): { tag: string; value: string; critical: boolean } {
  const flags: unknown = record.critical;
  // RFC 8659 §4.1: bit 0 is the highest one.
  const critical = typeof flags !== 'number' || (flags & 128) !== 0;
  const found = Object.entries(record).find(([key]) => key !== 'critical' && key !== 'type');
  if (found === undefined) return { tag: 'unreadable', value: '', critical };
  return { tag: found[0].toLowerCase(), value: String(found[1]), critical };
}

const FIRST_TRY_MS = 1000;
const TRIES = 3;

/** Asks the system's name servers, or this one, by c-ares. */
export function createCaaQuery(server?: { readonly address: string; readonly port: number }): QueryCaa {
  // cancel() ends every query of its Resolver, so each one in flight has one of its own; they are used again.
  const idle: promises.Resolver[] = [];
  function newResolver(): promises.Resolver {
    const resolver = new promises.Resolver({ timeout: FIRST_TRY_MS, tries: TRIES });
    if (server !== undefined) {
      const { address, port } = server;
      resolver.setServers([`${isIPv6(address) ? `[${address}]` : address}:${port}`]);
    }
    return resolver;
  }
  return async (name, budgetMs) => {
    const resolver = idle.pop() ?? newResolver();
    const timer = setTimeout(() => resolver.cancel(), budgetMs);
    try {
      return await resolver.resolveCaa(name);
    } finally {
      clearTimeout(timer);
      idle.push(resolver);
    }
  };
}
