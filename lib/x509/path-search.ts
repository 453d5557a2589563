import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../core/name-key.ts';
import type { PathProblem } from '../core/path-problem.ts';
import { fingerprintOf, readCertificate } from './certificate.ts';
import type { IssuerPool } from './issuer-pool.ts';
import type { IssuerSources, Issuers } from './issuers.ts';
import { issuersOf } from './issuers.ts';
import { PathBudget } from './path-budget.ts';
import type { SearchLine } from './path-line.ts';
import { isPreferred, lineOfLeaf, makesSuperfluous, withAnchor, withAuthority } from './path-line.ts';
import { PathQueue } from './path-queue.ts';
import type { Candidate, Purpose } from './path-rules.ts';
import { leafFault, lineFault, toCandidate } from './path-rules.ts';
import type { Trust } from './trust.ts';

export interface PathQuestion {
  /** The leaf, and what else was presented in that order. */
  readonly presented: readonly [X509Certificate, ...X509Certificate[]];
  readonly pool: IssuerPool | null;
  readonly trust: Trust;
  readonly purpose: Purpose;
  /** ISO 8601: what has not begun by then comes last. Null: it does not matter. */
  readonly now: string | null;
}

export interface SearchResult {
  /** The line that breaks no rule, ends at an anchor and lasts longest. */
  readonly best: SearchLine | null;
  /** That line or, where there is none, the one that comes closest: it may have an anchor, and then breaks a rule. */
  readonly closest: SearchLine;
  /** Why there is no `best`. */
  readonly problem: PathProblem | null;
  /** How many lines were taken up. */
  readonly explored: number;
  /** Something was left out for want of budget. */
  readonly exhausted: boolean;
}

/**
 * Best first: of all lines known the most promising one is taken up and made longer by one certificate, and no line gets
 * better that way. So the first that ends at an anchor is the best there is. Lines that break a rule come last: they
 * are followed only for the reason.
 */
export function searchPath(question: PathQuestion): SearchResult {
  const search = new PathSearch(question);
  return search.run();
}

/** Why a line could not be followed any further. */
interface DeadEnd {
  readonly line: SearchLine;
  readonly problem: PathProblem;
}

class PathSearch {
  readonly #question: PathQuestion;
  readonly #sources: IssuerSources;
  readonly #sent: ReadonlySet<string>;
  readonly #budget: PathBudget;
  readonly #queue = new PathQueue<SearchLine>(isPreferred);
  /** By the fingerprint of the top. */
  readonly #lines = new Map<string, SearchLine[]>();
  readonly #issuers = new Map<string, Issuers>();
  #made = 0;
  #explored = 0;

  constructor(question: PathQuestion) {
    const { presented, pool, trust } = question;
    this.#question = question;
    this.#sources = { presented: Map.groupBy(presented, subjectKey), pool, trust, read: new Map() };
    this.#sent = new Set(presented.map(fingerprintOf));
    this.#budget = new PathBudget(presented.length);
  }

  run(): SearchResult {
    const leaf = toCandidate(this.#question.presented[0]);
    const first = lineOfLeaf(leaf, this.#hasBegun(leaf), leafFault(leaf, this.#question.purpose));
    this.#keep(first);

    let faulty: SearchLine | undefined;
    let end: DeadEnd | undefined;
    let refusal: DeadEnd | undefined;
    let circle: DeadEnd | undefined;
    for (let line = this.#queue.take(); line !== undefined; line = this.#queue.take()) {
      this.#explored++;
      if (line.anchor === null) {
        const found = this.#follow(line);
        if (found === null) continue;
        if (found.problem.kind === 'circular') circle = longer(circle, found);
        else if (isRefusal(found.problem)) refusal ??= found;
        else end ??= found;
      } else if (line.fault === null) {
        return this.#result(line, line, null);
      } else {
        faulty ??= line;
      }
    }

    const closest = faulty ?? refusal?.line ?? end?.line ?? circle?.line ?? first;
    if (this.#budget.exhausted) return this.#result(null, closest, { kind: 'budget' });
    const reason = faulty?.fault ?? (refusal ?? end ?? circle)?.problem ?? null;
    return this.#result(null, closest, reason);
  }

  #result(best: SearchLine | null, closest: SearchLine, problem: PathProblem | null): SearchResult {
    const { exhausted } = this.#budget;
    return { best, closest, problem, explored: this.#explored, exhausted };
  }

  /** Makes the line longer in every way there is. */
  #follow(line: SearchLine): DeadEnd | null {
    const { top } = line;
    const { fingerprint, subject, selfSigned } = top.certificate;
    const self = line.below === null ? this.#question.trust.byFingerprint(fingerprint) : undefined;
    if (self !== undefined) {
      this.#queue.put(withAnchor(line, self, { begun: line.begun, order: this.#made++ }));
      return null;
    }
    const issuers = this.#issuersOf(top);
    for (const { anchor, candidate } of issuers.anchors) {
      if (!this.#budget.spend('steps')) break;
      const ended = withAnchor(line, anchor, { begun: this.#hasBegun(candidate), order: this.#made++ });
      this.#queue.put({ ...ended, fault: line.fault ?? this.#faultOf(candidate, line) });
    }
    let isLonger = issuers.anchors.length > 0;
    for (const candidate of issuers.authorities) {
      if (!this.#budget.spend('steps')) break;
      isLonger = this.#extend(line, candidate) || isLonger;
    }
    if (isLonger) return null;
    // Other lines through these are better. Where none of them ends anywhere, they go in a circle.
    if (issuers.authorities.length > 0) return { line, problem: { kind: 'circular', fingerprint } };
    if (!selfSigned || isRefusal(issuers.problem)) return { line, problem: issuers.problem };
    return line.below === null
      ? { line, problem: { kind: 'self-signed', fingerprint } }
      : { line, problem: { kind: 'untrusted-root', fingerprint, subject } };
  }

  #extend(line: SearchLine, candidate: Candidate): boolean {
    const longer = withAuthority(line, {
      candidate,
      begun: this.#hasBegun(candidate),
      isOutside: !this.#sent.has(candidate.certificate.fingerprint),
      order: this.#made++,
    });
    if (this.#isSuperfluous(longer)) return false;
    const fault = longer.fault ?? this.#faultOf(candidate, line);
    return this.#keep({ ...longer, fault });
  }

  #keep(line: SearchLine): boolean {
    if (this.#isSuperfluous(line)) return false;
    const { fingerprint } = line.top.certificate;
    this.#lines.set(fingerprint, [...(this.#lines.get(fingerprint) ?? []), line]);
    this.#queue.put(line);
    return true;
  }

  #isSuperfluous(line: SearchLine): boolean {
    const others = this.#lines.get(line.top.certificate.fingerprint) ?? [];
    if (!this.#budget.spend('steps', others.length)) return true;
    return others.some((other) => makesSuperfluous(other, line));
  }

  #issuersOf(candidate: Candidate): Issuers {
    const { fingerprint } = candidate.certificate;
    let issuers = this.#issuers.get(fingerprint);
    if (issuers === undefined) {
      issuers = issuersOf(candidate, this.#sources, this.#budget);
      this.#issuers.set(fingerprint, issuers);
    }
    return issuers;
  }

  #faultOf(candidate: Candidate, line: SearchLine): PathProblem | null {
    return lineFault(candidate, line, this.#question.purpose, this.#budget);
  }

  #hasBegun({ certificate }: Candidate): boolean {
    const { now } = this.#question;
    return now === null || (certificate.notBefore !== null && certificate.notBefore <= now);
  }
}

function subjectKey(x509: X509Certificate): string {
  return nameKey(readCertificate(x509).subject);
}

/** Somebody did issue, and had no right to: says more than that nobody did. */
function isRefusal({ kind }: PathProblem): boolean {
  return kind === 'not-a-ca' || kind === 'key-usage' || kind === 'unreadable';
}

function longer(a: DeadEnd | undefined, b: DeadEnd): DeadEnd {
  return a === undefined || b.line.length > a.line.length ? b : a;
}
