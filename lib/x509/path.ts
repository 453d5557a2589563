import type { X509Certificate } from 'node:crypto';
import type { Anchor } from '../core/observation.ts';
import { fingerprintOf } from './certificate.ts';
import { answer } from './path-answer.ts';
import type { Trust } from './trust.ts';

/** The presented line of issuers, as `PresentedChain` documents it. */
export interface FoundPath {
  /** Indices into the presented certificates, leaf first. Empty only where none was presented. */
  readonly path: readonly number[];
  readonly anchor: Anchor | null;
}

/**
 * Finds the line of issuers among what a peer presented, by the rules that a TLS client holds a server's certificate to. A
 * line that reaches an anchor wins over one that does not; among those the one whose earliest notAfter (its own
 * certificates and the anchor) is latest; at a tie the shortest. Where a rule is broken on every line there is no anchor.
 */
export function findPath(presented: readonly X509Certificate[], trust: Trust): FoundPath {
  const [leaf, ...others] = presented;
  if (leaf === undefined) return { path: [], anchor: null };
  const found = answer({ presented: [leaf, ...others], pool: null, trust, purpose: 'serverAuth' });
  const path = found.members.filter((member) => typeof member === 'number');
  // An anchor that is served itself is trusted, whatever else may be wrong with that.
  const isItself = found.anchor?.fingerprint === fingerprintOf(leaf);
  if (found.anchor === null || !(found.isPath || isItself)) return { path, anchor: null };
  const { fingerprint, subject, notAfter } = found.anchor;
  return { path, anchor: { fingerprint, subject, notAfter } };
}
