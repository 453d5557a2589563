import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import type { Anchor } from '../core/observation.ts';
import { BoundedMap } from './bounded-map.ts';
import { fingerprintOf } from './certificate.ts';
import type { IssuerGraph, IssuerNode } from './issuer-graph.ts';
import { buildIssuerGraph } from './issuer-graph.ts';
import type { Trust } from './trust.ts';

/** The presented line of issuers, as `PresentedChain` documents it. */
export interface FoundPath {
  /** Indices into the presented certificates, leaf first. Empty only where none was presented. */
  readonly path: readonly number[];
  readonly anchor: Anchor | null;
}

// The same chain comes back from every address and at every probe.
const CACHE_ENTRIES = 2048;
const caches = new WeakMap<Trust, BoundedMap<string, FoundPath>>();

/**
 * Finds the line of issuers among what a peer presented. A line that reaches an anchor wins over one that does not;
 * among those the one whose earliest notAfter (its own certificates and the anchor) is latest; at a tie the shortest.
 */
export function findPath(presented: readonly X509Certificate[], trust: Trust): FoundPath {
  const cache = caches.get(trust) ?? new BoundedMap<string, FoundPath>(CACHE_ENTRIES);
  caches.set(trust, cache);
  const key = hash('sha256', presented.map(fingerprintOf).join(), 'hex');
  let found = cache.get(key);
  if (found === undefined) {
    found = search(buildIssuerGraph(presented, trust));
    cache.set(key, found);
  }
  return found;
}

function search(graph: IssuerGraph): FoundPath {
  const path = longestLasting(graph, isAnchored) ?? longestLasting(graph, isDeadEnd) ?? walk(graph);
  const anchor = graph.get(path.at(-1) ?? -1)?.anchor ?? null;
  if (anchor === null) return { path, anchor };
  const { fingerprint, subject, notAfter } = anchor;
  return { path, anchor: { fingerprint, subject, notAfter } };
}

/** Whether a line may end at a node if everything on it has to last until `until`. */
type EndsHere = (node: IssuerNode, until: string) => boolean;

const isAnchored: EndsHere = ({ anchor }, until) => anchor !== null && (anchor.notAfter ?? '') >= until;
const isDeadEnd: EndsHere = ({ issuers }) => issuers.length === 0;

/**
 * The line whose earliest end is latest. Asks for a line that lasts as long as the leaf, which nothing can outdo, and
 * then for less and less: every answer is a shortest path, and no line is ever followed twice.
 */
function longestLasting(graph: IssuerGraph, endsHere: EndsHere): number[] | null {
  const leafEnd = graph.get(0)?.notAfter ?? '';
  const ends = [...graph.values()].flatMap(({ notAfter, anchor }) => [notAfter, anchor?.notAfter ?? '']);
  const thresholds = [...new Set(ends)].filter((end) => end <= leafEnd).sort();
  for (const until of thresholds.reverse()) {
    const path = shortestPath(graph, endsHere, until);
    if (path !== null) return path;
  }
  return null;
}

/** Breadth first, issuers in the order presented. */
function shortestPath(graph: IssuerGraph, endsHere: EndsHere, until: string): number[] | null {
  const below = new Map<number, number>([[0, -1]]);
  for (const index of below.keys()) {
    const node = graph.get(index);
    if (node === undefined || node.notAfter < until) continue;
    if (endsHere(node, until)) return lineTo(index, below);
    for (const issuer of node.issuers) if (!below.has(issuer)) below.set(issuer, index);
  }
  return null;
}

function lineTo(end: number, below: ReadonlyMap<number, number>): number[] {
  const line: number[] = [];
  for (let index = end; index !== -1; index = below.get(index) ?? -1) line.unshift(index);
  return line;
}

/** CAs that certify each other in a circle have no end to look for: follow the first issuer until none is new. */
function walk(graph: IssuerGraph): number[] {
  const line = new Set<number>();
  let next = graph.has(0) ? 0 : undefined;
  while (next !== undefined) {
    line.add(next);
    next = graph.get(next)?.issuers.find((issuer) => !line.has(issuer));
  }
  return [...line];
}
