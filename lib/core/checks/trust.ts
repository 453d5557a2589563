import { certificateLabel } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import type { PathProblem } from '../path-problem.ts';
import type { Subject } from '../subject.ts';

/** Why a presented line of issuers is not trusted here. */
export type TrustProblem = 'self-signed' | 'incomplete' | 'unknown-issuer' | 'objection' | 'rule';

/**
 * OpenSSL judges dates by the host's clock, names not at all, and hides the rest behind weak digests: what other
 * checks say better is no objection of its own.
 */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'HOSTNAME_MISMATCH',
  'UNSPECIFIED',
  // Said of a line that our own walk brought to an anchor: a matter of what else was sent.
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
]);

/** What is merely not there, or not known here. Anything else is a rule that is broken, whoever is trusted. */
const LEADS_NOWHERE: ReadonlySet<PathProblem['kind']> = new Set([
  'issuer-missing',
  'untrusted-root',
  'self-signed',
  'expired',
  'not-yet-valid',
]);

/** Exactly one problem per chain, or null: the checks self-signed, incomplete-chain and untrusted share it out. */
function trustProblem(chain: ServedChain, subject: Subject): TrustProblem | null {
  if (chain.anchor !== null) {
    return chain.verdict === null || JUDGED_ELSEWHERE.has(chain.verdict) ? null : 'objection';
  }
  if (chain.problem !== undefined && !LEADS_NOWHERE.has(chain.problem.kind)) return 'rule';
  const last = subject.certificate(chain.certificates[chain.path.at(-1) ?? 0] ?? '');
  if (chain.path.length > 1) return 'unknown-issuer';
  return last?.selfSigned === true ? 'self-signed' : 'incomplete';
}

/** The chains of a subject that have the given problem, each with its leaf's name and the last of its line. */
export function* chainsWith(problem: TrustProblem, subject: Subject) {
  if (subject.content?.kind !== 'endpoint') return;
  for (const chain of subject.content.chains) {
    if (trustProblem(chain, subject) !== problem) continue;
    const leaf = subject.certificate(chain.certificates[0] ?? '');
    const last = subject.certificate(chain.certificates[chain.path.at(-1) ?? 0] ?? '');
    if (leaf === undefined || last === undefined) continue;
    yield { chain, leaf, label: certificateLabel(leaf), last };
  }
}
