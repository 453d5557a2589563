import type { X509Certificate } from 'node:crypto';
import type { PathProblem } from '../core/path-problem.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';
import type { IssuerPool } from './issuer-pool.ts';
import type { PathAnswer } from './path-answer.ts';
import { answer, answerAt } from './path-answer.ts';
import type { Purpose } from './path-rules.ts';
import type { PathQuestion } from './path-search.ts';
import type { Trust, TrustAnchor, TrustStore } from './trust.ts';

/** From a leaf to a trust anchor by the rules of RFC 5280 §6, whatever the dates. */
export interface CertificationPath {
  /** Leaf first, each issued by the next and the last one by the anchor. A leaf that is an anchor stands alone. */
  readonly certificates: readonly X509Certificate[];
  readonly anchor: TrustAnchor;
  /** ISO 8601: the latest beginning and the earliest end of all, anchor included. Null where one is unreadable. */
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Those of `certificates` that were not presented. */
  readonly outside: readonly X509Certificate[];
}

export interface PathFinding {
  /**
   * Of all paths the one that is valid now, and of those the one whose earliest end is latest; where none is valid now,
   * the one that was so last. At a tie the one that needs least from outside, then the shortest.
   */
  readonly best: CertificationPath | null;
  /** Null where `best` is valid now, else why it is not or why there is none. */
  readonly problem: PathProblem | null;
  /** How many lines of issuers were taken up. */
  readonly explored: number;
  /** There was more to follow than is worth it: there may be a better path. */
  readonly exhausted: boolean;
}

export interface PathOptions {
  /** What came with the leaf, in any order; the leaf may be among it. */
  readonly presented: readonly X509Certificate[];
  /** Issuers from elsewhere. @default none */
  readonly pool?: IssuerPool | undefined;
  readonly trust: Trust;
  readonly now: Date;
  /** @default serverAuth */
  readonly purpose?: Purpose | undefined;
}

/**
 * Finds the best certification path. Answers are remembered by chain, so asking again for the same one costs next to
 * nothing. Never throws, whatever the certificates hold.
 */
export function buildPath(leaf: X509Certificate, options: PathOptions): PathFinding {
  const { pool = null, trust, purpose = 'serverAuth' } = options;
  const identity = fingerprintOf(leaf);
  const others = options.presented.filter((x509) => fingerprintOf(x509) !== identity);
  const question = { presented: [leaf, ...others] as const, pool: null, trust, purpose };
  const now = `${options.now.toISOString().slice(0, 19)}Z`;
  const own = findAt(question, now);
  if (pool === null || isUnsurpassed(own, leaf)) return own;
  // Whoever fills the pool with junk can use up the budget there, but not hide a path that was presented whole.
  const wider = findAt({ ...question, pool }, now);
  return own.best !== null && !outlasts(wider.best, own.best, now) ? own : wider;
}

function findAt(question: Omit<PathQuestion, 'now'>, now: string): PathFinding {
  let found = answer(question);
  let best = toPath(found, question.presented);
  // What lasts longest is also what is valid now, if anything is, unless it has yet to begin.
  if (best !== null && (best.notBefore ?? '') > now) {
    found = answerAt({ ...question, now });
    best = toPath(found, question.presented);
  }
  const problem = best === null ? found.problem : dateProblem(best, now);
  return { best, problem, explored: found.explored, exhausted: found.exhausted };
}

/** Valid for as long as the leaf is: no path can be better. */
function isUnsurpassed({ best, problem }: PathFinding, leaf: X509Certificate): boolean {
  return best !== null && problem === null && best.notAfter === readCertificate(leaf).notAfter;
}

function outlasts(path: CertificationPath | null, other: CertificationPath, now: string): boolean {
  if (path === null) return false;
  const hasBegun = ({ notBefore }: CertificationPath): boolean => notBefore !== null && notBefore <= now;
  if (hasBegun(path) !== hasBegun(other)) return hasBegun(path);
  return (path.notAfter ?? '') > (other.notAfter ?? '');
}

/** The same for several trust stores, in their order. */
export function verifyInStores(
  leaf: X509Certificate,
  options: Omit<PathOptions, 'trust'> & { readonly stores: readonly TrustStore[] },
): readonly (PathFinding & { readonly store: string })[] {
  return options.stores.map(({ name, trust }) => ({
    store: name,
    ...buildPath(leaf, { ...options, trust }),
  }));
}

function toPath(
  { isPath, members, anchor }: PathAnswer,
  presented: readonly X509Certificate[],
): CertificationPath | null {
  if (!isPath || anchor === null) return null;
  const certificates = members.map((one) =>
    typeof one === 'number' ? (presented[one] as X509Certificate) : one,
  );
  const dates = [...certificates, anchor.x509].map(readCertificate);
  return {
    certificates,
    anchor,
    notBefore: extreme(
      dates.map(({ notBefore }) => notBefore),
      'latest',
    ),
    notAfter: extreme(
      dates.map(({ notAfter }) => notAfter),
      'earliest',
    ),
    outside: members.filter((one) => typeof one !== 'number'),
  };
}

function extreme(instants: readonly (string | null)[], which: 'earliest' | 'latest'): string | null {
  const readable = instants.filter((instant) => instant !== null).sort();
  if (readable.length < instants.length) return null;
  return readable.at(which === 'earliest' ? 0 : -1) ?? null;
}

/** Names the certificate that ended first, or else the one that begins last. */
function dateProblem(path: CertificationPath, now: string): PathProblem | null {
  const { notAfter, notBefore } = path;
  const all = [...path.certificates, path.anchor.x509].map(readCertificate);
  const unreadable = all.find((one) => one.notAfter === null || one.notBefore === null);
  if (unreadable !== undefined) {
    const field = unreadable.notAfter === null ? 'notAfter' : 'notBefore';
    return { kind: 'unreadable', fingerprint: unreadable.fingerprint, field };
  }
  const at = (end: 'notAfter' | 'notBefore', instant: string): string =>
    all.find((one) => one[end] === instant)?.fingerprint ?? '';
  if (notAfter !== null && notAfter < now) {
    return { kind: 'expired', fingerprint: at('notAfter', notAfter), notAfter };
  }
  if (notBefore !== null && notBefore > now) {
    return { kind: 'not-yet-valid', fingerprint: at('notBefore', notBefore), notBefore };
  }
  return null;
}
