import type { PathProblem } from '../core/path-problem.ts';
import type { Candidate, Line } from './path-rules.ts';
import type { TrustAnchor } from './trust.ts';

/** A line of issuers as far as a search has followed it. */
export interface SearchLine extends Line {
  readonly below: SearchLine | null;
  /** Who issued (or is) the top; null while the line is open. */
  readonly anchor: TrustAnchor | null;
  /** The earliest end on the line, anchor included: ISO 8601; the empty string, earlier than any, where one is unreadable. */
  readonly notAfter: string;
  /** Everything on it has begun. */
  readonly begun: boolean;
  /** How many certificates there are, anchor not counted. */
  readonly length: number;
  /** How many of them were not presented. */
  readonly outside: number;
  /** What name constraints above it are about, beside the leaf: one key for each set of names. */
  readonly names: ReadonlySet<string>;
  /** The first rule that it breaks. */
  readonly fault: PathProblem | null;
  /** When it was found. */
  readonly order: number;
}

/** What comes on top of a line. */
export interface Extension {
  readonly candidate: Candidate;
  readonly begun: boolean;
  readonly isOutside: boolean;
  readonly order: number;
}

/** The line of a leaf alone. */
export function lineOfLeaf(leaf: Candidate, begun: boolean, fault: PathProblem | null): SearchLine {
  return {
    top: leaf,
    below: null,
    authorities: 0,
    anchor: null,
    notAfter: leaf.certificate.notAfter ?? '',
    begun,
    length: 1,
    outside: 0,
    names: new Set(),
    fault,
    order: 0,
  };
}

/** The line with one more CA. The fault is left to be judged, which costs more. */
export function withAuthority(line: SearchLine, extension: Extension): SearchLine {
  const { candidate, begun, isOutside, order } = extension;
  const { selfIssued } = candidate.rights;
  return {
    top: candidate,
    below: line,
    authorities: line.authorities + (selfIssued ? 0 : 1),
    anchor: null,
    notAfter: earlier(line.notAfter, candidate.certificate.notAfter ?? ''),
    begun: line.begun && begun,
    length: line.length + 1,
    outside: line.outside + (isOutside ? 1 : 0),
    // Self-issued certificates are exempt from name constraints.
    names: selfIssued ? line.names : new Set([...line.names, namesKey(candidate)]),
    fault: line.fault,
    order,
  };
}

/** The line ended by an anchor that issued its top. */
export function withAnchor(
  line: SearchLine,
  anchor: TrustAnchor,
  { begun, order }: Pick<Extension, 'begun' | 'order'>,
): SearchLine {
  const notAfter = earlier(line.notAfter, anchor.notAfter ?? '');
  return { ...line, anchor, notAfter, begun: line.begun && begun, order };
}

/** Whether a line is taken up first. One that is made longer never moves forward. */
export function isPreferred(a: SearchLine, b: SearchLine): boolean {
  if ((a.fault === null) !== (b.fault === null)) return a.fault === null;
  if (a.begun !== b.begun) return a.begun;
  if (a.notAfter !== b.notAfter) return a.notAfter > b.notAfter;
  if (a.outside !== b.outside) return a.outside < b.outside;
  if (a.length !== b.length) return a.length < b.length;
  if ((a.anchor === null) !== (b.anchor === null)) return a.anchor !== null;
  return a.order < b.order;
}

/**
 * Whether `other`, found earlier with the same top, makes a line superfluous: whatever may stand above the line may
 * stand above the other, and leads to no worse path. Dates and faults need no look: what is worse there is found later.
 * So a line that has gone in a circle is superfluous beside its own beginning.
 */
export function makesSuperfluous(other: SearchLine, line: SearchLine): boolean {
  if (line.fault !== null) return true;
  return (
    other.length <= line.length &&
    other.outside <= line.outside &&
    other.authorities <= line.authorities &&
    isSubset(other.names, line.names)
  );
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const one of some) if (!all.has(one)) return false;
  return true;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

/** The subject, unless there are more names. */
function namesKey({ rights, certificate }: Candidate): string {
  return rights.altNames === null ? JSON.stringify(rights.subject.rdns) : certificate.fingerprint;
}
