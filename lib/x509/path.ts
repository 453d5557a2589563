import type { X509Certificate } from 'node:crypto';
import type { Anchor } from '../core/observation.ts';
import type { PathProblem } from '../core/path-problem.ts';
import { fingerprintOf } from './certificate.ts';
import { buildPath } from './certification-path.ts';
import { answer } from './path-answer.ts';
import type { Trust, TrustAnchor } from './trust.ts';

/** The presented line of issuers, as `PresentedChain` documents it. */
export interface FoundPath {
  /** Indices into the presented certificates, leaf first. Empty only where none was presented. */
  readonly path: readonly number[];
  readonly anchor: Anchor | null;
  /** The rule that keeps every line from being a path; absent where there is one, whatever its dates. */
  readonly problem?: PathProblem;
}

/**
 * Finds the line of issuers among what a peer presented, by the rules that a TLS client holds a server's certificate to: the
 * best certification path (`buildPath`) without any help from outside. Where there is none, the line that comes closest.
 */
export function findPath(presented: readonly X509Certificate[], trust: Trust, now: Date): FoundPath {
  const [leaf, ...others] = presented;
  if (leaf === undefined) return { path: [], anchor: null };
  const { best, problem } = buildPath(leaf, { presented: others, trust, now });
  if (best !== null) {
    const indices = new Map(presented.map((x509, index) => [fingerprintOf(x509), index] as const).reverse());
    const path = best.certificates.flatMap((x509) => indices.get(fingerprintOf(x509)) ?? []);
    return { path, anchor: anchorOf(best.anchor) };
  }
  const closest = answer({ presented: [leaf, ...others], pool: null, trust, purpose: 'serverAuth' });
  const path = closest.members.filter((member) => typeof member === 'number');
  // An anchor that is served itself is trusted, whatever else may be wrong with that.
  const isItself = closest.anchor?.fingerprint === fingerprintOf(leaf);
  if (closest.anchor !== null && isItself) return { path, anchor: anchorOf(closest.anchor) };
  return { path, anchor: null, ...(problem === null ? {} : { problem }) };
}

function anchorOf({ fingerprint, subject, notAfter }: TrustAnchor): Anchor {
  return { fingerprint, subject, notAfter };
}
