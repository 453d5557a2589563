import type { X509Certificate } from 'node:crypto';
import { nameKey } from '../core/name-key.ts';
import type { PathProblem } from '../core/path-problem.ts';
import { fingerprintOf } from './certificate.ts';
import { isNamedAsIssuer, isSignedBy } from './issuance.ts';
import type { IssuerPool } from './issuer-pool.ts';
import type { PathBudget } from './path-budget.ts';
import type { Candidate } from './path-rules.ts';
import { authorityFault, toCandidate } from './path-rules.ts';
import type { Trust, TrustAnchor } from './trust.ts';

/** Where issuers are looked for. */
export interface IssuerSources {
  /** By `nameKey` of the subject. */
  readonly presented: ReadonlyMap<string, readonly X509Certificate[]>;
  readonly pool: IssuerPool | null;
  readonly trust: Trust;
  /** What has been read so far, by fingerprint. */
  readonly read: Map<string, Candidate>;
}

/** Who issued a certificate: by name and signature, and with the right to. */
export interface Issuers {
  /** The ones that last longest first. */
  readonly anchors: readonly { readonly anchor: TrustAnchor; readonly candidate: Candidate }[];
  /** Presented ones first. */
  readonly authorities: readonly Candidate[];
  /** Where both are empty: why. */
  readonly problem: PathProblem;
}

/** Looks among everything that has the issuer's name. */
export function issuersOf(subject: Candidate, sources: IssuerSources, budget: PathBudget): Issuers {
  const { trust, presented, pool } = sources;
  const { issuer, fingerprint, selfSigned } = subject.certificate;
  const key = nameKey(issuer);
  let problem: PathProblem | undefined;
  let forged = false;
  // One answer for all certificates with one key.
  const verdicts = new Map<string | null, boolean>();
  const isSigner = (candidate: Candidate): boolean => {
    const { spkiSha256 } = candidate.certificate;
    let signed = verdicts.get(spkiSha256);
    if (signed === undefined) {
      signed = budget.spend('signatures') && isSignedBy(subject.x509, candidate.x509);
      verdicts.set(spkiSha256, signed);
    }
    forged ||= !signed;
    return signed;
  };
  const mayIssue = (candidate: Candidate, isAnchor: boolean): boolean => {
    if (!isNamedAsIssuer(subject.rights, candidate.rights, candidate.certificate.serialNumber)) return false;
    if (!isSigner(candidate)) return false;
    const fault = authorityFault(candidate, isAnchor);
    problem ??= fault ?? undefined;
    return fault === null;
  };

  const anchors: { anchor: TrustAnchor; candidate: Candidate }[] = [];
  for (const anchor of trust.bySubject(issuer)) {
    const candidate = read(anchor.x509, sources, budget);
    if (candidate === null) break;
    if (mayIssue(candidate, true)) anchors.push({ anchor, candidate });
  }
  anchors.sort((a, b) => -compare(a.anchor.notAfter ?? '', b.anchor.notAfter ?? ''));

  const authorities: Candidate[] = [];
  if (!selfSigned) {
    const seen = new Set([fingerprint]);
    for (const x509 of named(key, presented, pool)) {
      const candidate = read(x509, sources, budget);
      if (candidate === null) break;
      if (seen.has(candidate.certificate.fingerprint)) continue;
      seen.add(candidate.certificate.fingerprint);
      if (mayIssue(candidate, false)) authorities.push(candidate);
    }
  }
  const nobody: PathProblem = { kind: forged ? 'signature' : 'issuer-missing', fingerprint, issuer };
  return { anchors, authorities, problem: problem ?? nobody };
}

/** Null where the budget is used up. */
function read(x509: X509Certificate, sources: IssuerSources, budget: PathBudget): Candidate | null {
  if (!budget.spend('steps')) return null;
  const fingerprint = fingerprintOf(x509);
  const known = sources.read.get(fingerprint);
  if (known !== undefined) return known;
  if (!budget.spend('certificates')) return null;
  const candidate = toCandidate(x509);
  sources.read.set(fingerprint, candidate);
  return candidate;
}

function* named(
  key: string,
  presented: IssuerSources['presented'],
  pool: IssuerPool | null,
): Generator<X509Certificate> {
  yield* presented.get(key) ?? [];
  yield* pool?.bySubject(key) ?? [];
}

/** ISO 8601 instants, or any text. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
