import { certificateLabel } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import { judgedCertificates } from '../judged.ts';
import type { StoreVerdict } from '../observation.ts';
import { describePathProblem } from '../path-problem.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';

/** Clients with one trust store get through, clients with another do not. */
export const trustStoresDiffer: Check = {
  id: 'trust-stores-differ',
  title: 'Trust stores differ',
  citation: 'RFC 5280 §6.1.1 (d)',
  *run(subject) {
    // Whose end is judged has a finding of its own, and a more severe one.
    const judged = new Set(judgedCertificates(subject).map(({ fingerprint }) => fingerprint));
    for (const { label, chains, where, about } of servedLeaves(subject)) {
      const refusals = new Set(
        chains
          .flatMap(refusingStores)
          .filter(({ problem }) => !(problem?.kind === 'expired' && judged.has(problem.fingerprint)))
          .map((verdict) => sentence(verdict, subject)),
      );
      if (refusals.size === 0) continue;
      yield {
        ...about,
        severity: 'warning',
        message: `${label}${where}: ${[...refusals].join('; ')}`,
        advice:
          'Have the server send a chain that these clients can follow too (the CA may publish a cross-sign), or have their trust stores updated.',
      };
    }
  },
};

/** Those that refuse where another one does not. */
function refusingStores({ stores = [] }: ServedChain): readonly StoreVerdict[] {
  const refusing = stores.filter(({ problem }) => problem !== null);
  return refusing.length < stores.length ? refusing : [];
}

function sentence(verdict: StoreVerdict, subject: Subject): string {
  const { store, problem } = verdict;
  const why = problem === null ? '' : describePathProblem(problem, (each) => nameOf(each, verdict, subject));
  return `clients with the trust store ${store} refuse: ${why}`;
}

function nameOf(fingerprint: string, { path, anchor }: StoreVerdict, { certificate }: Subject): string {
  const facts = certificate(fingerprint);
  if (facts !== undefined) return certificateLabel(facts);
  return anchor !== undefined && fingerprint === path.at(-1) ? anchor : fingerprint.slice(0, 12);
}
