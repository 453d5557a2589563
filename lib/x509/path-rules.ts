import type { X509Certificate } from 'node:crypto';
import type { Certificate } from '../core/certificate.ts';
import type { PathProblem } from '../core/path-problem.ts';
import { readCertificate } from './certificate.ts';
import { certifiedNames } from './certified-names.ts';
import type { GeneralName } from './general-name.ts';
import { formatGeneralName } from './general-name.ts';
import type { NameConstraints } from './name-constraints.ts';
import { comparisons, forbiddenName } from './name-constraints.ts';
import type { PathBudget } from './path-budget.ts';
import type { Rights } from './rights.ts';
import { readRights } from './rights.ts';
import { KEY_USAGE, PURPOSE } from './rights-extensions.ts';

/** What a path has to be good for. */
export type Purpose = 'serverAuth' | 'clientAuth';

/** A certificate with what is read from it. */
export interface Candidate {
  readonly x509: X509Certificate;
  readonly certificate: Certificate;
  readonly rights: Rights;
  /** What name constraints are about: read once for a search, however many lines the certificate stands on. Throws DerError. */
  readonly names: () => readonly GeneralName[];
}

export function toCandidate(x509: X509Certificate): Candidate {
  const rights = readRights(x509);
  let names: readonly GeneralName[] | undefined;
  return {
    x509,
    certificate: readCertificate(x509),
    rights,
    names: () => {
      names ??= certifiedNames(rights);
      return names;
    },
  };
}

/** Certificates from some CA down to the leaf. */
export interface Line {
  readonly top: Candidate;
  readonly below: Line | null;
  /** How many CAs it has that are not self-issued. */
  readonly authorities: number;
}

const { digitalSignature, keyEncipherment, keyAgreement, keyCertSign } = KEY_USAGE;

/**
 * As OpenSSL and Firefox have it: anyExtendedKeyUsage allows neither, in no certificate. `keyUsage` is what a leaf needs one
 * of; more exactly only the handshake can tell.
 */
const DEMANDS: Readonly<
  Record<Purpose, { readonly purposes: readonly string[]; readonly keyUsage: number }>
> = {
  serverAuth: {
    purposes: [PURPOSE.serverAuth, PURPOSE.microsoftSgc, PURPOSE.netscapeSgc],
    keyUsage: digitalSignature | keyEncipherment | keyAgreement,
  },
  clientAuth: { purposes: [PURPOSE.clientAuth], keyUsage: digitalSignature | keyAgreement },
};

/** What keeps the certificate from being a leaf. */
export function leafFault(leaf: Candidate, purpose: Purpose): PathProblem | null {
  const { fingerprint } = leaf.certificate;
  const fault = unreadable(leaf) ?? unfit(leaf, purpose);
  if (fault !== null) return fault;
  const { keyUsage } = leaf.rights;
  return keyUsage !== null && (keyUsage & DEMANDS[purpose].keyUsage) === 0
    ? { kind: 'key-usage', fingerprint }
    : null;
}

/**
 * What keeps the certificate from issuing anything at all (RFC 5280 §6.1.4 k, n). An anchor is held to the same, except
 * that a self-signed one of version 1 need not say that it is a CA, nor one that may sign certificates by its keyUsage:
 * so does OpenSSL, and there are such roots.
 */
export function authorityFault(candidate: Candidate, isAnchor: boolean): PathProblem | null {
  const { rights, certificate } = candidate;
  const { fingerprint } = certificate;
  const broken = unreadable(candidate);
  if (broken !== null) return broken;
  if (rights.keyUsage !== null && (rights.keyUsage & keyCertSign) === 0)
    return { kind: 'key-usage', fingerprint };
  const isOldRoot =
    isAnchor && rights.ca === null && ((rights.version1 && rights.selfIssued) || rights.keyUsage !== null);
  return rights.ca === true || isOldRoot ? null : { kind: 'not-a-ca', fingerprint };
}

/**
 * What keeps the certificate, which may issue, from standing above this line. An anchor's constraints count like any
 * other's: RFC 5280 §6.1 leaves that open, OpenSSL honours them.
 */
export function lineFault(
  candidate: Candidate,
  line: Line,
  purpose: Purpose,
  budget: PathBudget,
): PathProblem | null {
  const { pathLength } = candidate.rights;
  const { fingerprint } = candidate.certificate;
  if (pathLength !== null && line.authorities > pathLength) {
    return { kind: 'path-length', fingerprint, limit: pathLength };
  }
  return unfit(candidate, purpose) ?? nameFault(candidate, line, budget);
}

function unreadable({ rights, certificate }: Candidate): PathProblem | null {
  const { fingerprint } = certificate;
  if (rights.unreadable !== null) {
    return { kind: 'unreadable', fingerprint, field: rights.unreadable.extension };
  }
  return certificate.subjectAltNames === null
    ? { kind: 'unreadable', fingerprint, field: 'subjectAltName' }
    : null;
}

function unfit({ rights, certificate }: Candidate, purpose: Purpose): PathProblem | null {
  const { fingerprint } = certificate;
  const [oid] = rights.unknownCritical;
  if (oid !== undefined) return { kind: 'critical-extension', fingerprint, oid };
  const { purposes } = rights;
  return purposes !== null && !DEMANDS[purpose].purposes.some((one) => purposes.has(one))
    ? { kind: 'extended-key-usage', fingerprint }
    : null;
}

/** RFC 5280 §6.1.3 b and c: self-issued certificates are exempt, except as a leaf. */
function nameFault(authority: Candidate, line: Line, budget: PathBudget): PathProblem | null {
  const constraints = authority.rights.nameConstraints;
  if (constraints === null) return null;
  for (let at: Line | null = line; at !== null; at = at.below) {
    const { rights, certificate } = at.top;
    if (at.below !== null && rights.selfIssued) continue;
    const fault = forbidden(at.top, constraints, budget);
    if (fault === undefined) continue;
    if (fault === 'budget') return { kind: 'budget' };
    return {
      kind: 'name-constraints',
      fingerprint: certificate.fingerprint,
      name: formatGeneralName(fault),
      authority: authority.certificate.fingerprint,
    };
  }
  return null;
}

function forbidden(
  candidate: Candidate,
  constraints: NameConstraints,
  budget: PathBudget,
): GeneralName | 'budget' | undefined {
  const names = candidate.names();
  return budget.spend('comparisons', comparisons(names, constraints))
    ? forbiddenName(names, constraints)
    : 'budget';
}
