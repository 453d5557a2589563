import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf } from './certificate.ts';
import type { IssuerPool } from './issuer-pool.ts';
import type { SearchLine } from './path-line.ts';
import type { PathQuestion, SearchResult } from './path-search.ts';
import { searchPath } from './path-search.ts';
import type { Trust, TrustAnchor } from './trust.ts';

/** What a search found, without the certificates of one conversation: they would stay in memory with it. */
export interface PathAnswer extends Pick<SearchResult, 'problem' | 'explored' | 'exhausted'> {
  /** Whether there is a path; `problem` says why not. */
  readonly isPath: boolean;
  /** The path, else what comes closest: indices into what was presented, and certificates from the pool. Leaf first. */
  readonly members: readonly (number | X509Certificate)[];
  /** Who issued (or is) the last of them. Of something that only comes closest, it is the one that may not be reached. */
  readonly anchor: TrustAnchor | null;
}

// The same chain comes back from every address and at every probe.
const CACHE_ENTRIES = 2048;
const NO_POOL = {};
const caches = new WeakMap<Trust, WeakMap<object, BoundedMap<string, PathAnswer>>>();

/** Searches, or remembers. The dates of an answer do not move with the clock, so one is good as long as its chain. */
export function answer(question: Omit<PathQuestion, 'now'>): PathAnswer {
  const cache = cacheFor(question.trust, question.pool);
  const key = hash('sha256', [question.purpose, ...question.presented.map(fingerprintOf)].join(), 'hex');
  let known = cache.get(key);
  if (known === undefined) {
    known = answerAt({ ...question, now: null });
    cache.set(key, known);
  }
  return known;
}

/** Searches for what is valid at an instant. */
export function answerAt(question: PathQuestion): PathAnswer {
  const { best, closest, problem, explored, exhausted } = searchPath(question);
  const line = best ?? closest;
  return {
    isPath: best !== null,
    members: membersOf(line, question.presented),
    anchor: line.anchor,
    problem,
    explored,
    exhausted,
  };
}

function cacheFor(trust: Trust, pool: IssuerPool | null): BoundedMap<string, PathAnswer> {
  const pools = caches.get(trust) ?? new WeakMap<object, BoundedMap<string, PathAnswer>>();
  caches.set(trust, pools);
  const cache = pools.get(pool ?? NO_POOL) ?? new BoundedMap<string, PathAnswer>(CACHE_ENTRIES);
  pools.set(pool ?? NO_POOL, cache);
  return cache;
}

function membersOf(line: SearchLine, presented: readonly X509Certificate[]): PathAnswer['members'] {
  const members: (number | X509Certificate)[] = [];
  for (let at: SearchLine | null = line; at !== null; at = at.below) {
    const { fingerprint } = at.top.certificate;
    const index = presented.findIndex((x509) => fingerprintOf(x509) === fingerprint);
    members.unshift(index < 0 ? at.top.x509 : index);
  }
  return members;
}
