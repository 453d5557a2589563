import { type Certificate, certificateLabel } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import { isExpired } from '../ladder.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './check.ts';
import { servedLeaves } from './served-leaves.ts';
import { lineOf } from './standing.ts';

/** More is sent than a client can use, or not in order. */
export const untidyChain: Check = {
  id: 'untidy-chain',
  title: 'Untidy chain',
  citation: 'RFC 8446 §4.4.2; RFC 5246 §7.4.2',
  *run(subject) {
    for (const { label, chains, about } of servedLeaves(subject)) {
      const faults = new Set(chains.flatMap((chain) => faultsOf(chain, subject)));
      if (faults.size === 0) continue;
      yield {
        ...about,
        severity: 'info',
        message: `the chain of ${label} could be tidier: ${[...faults].join('; ')}`,
        advice:
          'Send the leaf and its intermediates, each followed by its issuer, and nothing else: every handshake carries it.',
      };
    }
  },
};

const NAMED = 3;

function faultsOf(chain: ServedChain, subject: Subject): string[] {
  const presented = chain.certificates.map((fingerprint) => subject.certificate(fingerprint));
  const useful = usefulIn(chain, presented);
  const roots = new Set<string>();
  const extras = new Set<string>();
  const twice = new Set<string>();
  for (const [index, certificate] of presented.entries()) {
    if (index === 0 || certificate === undefined) continue;
    const isOnLine = chain.path.includes(index);
    // An expired one beside the line has a finding of its own: expired-in-chain.
    if (!isOnLine && isExpired(certificate, subject.now)) continue;
    if (chain.certificates.indexOf(certificate.fingerprint) < index) twice.add(certificateLabel(certificate));
    else if (!isOnLine && !useful.has(index)) extras.add(certificateLabel(certificate));
    // Without an anchor it is what shows where the chain leads: untrusted.
    else if (certificate.role === 'root' && chain.anchor !== null) roots.add(certificateLabel(certificate));
  }
  return [
    ...(chain.path.every((index, step) => index === step) ? [] : ['the issuers do not follow each other']),
    ...phrase(twice, 'sent more than once'),
    ...phrase(extras, 'needed by no line of issuers'),
    ...phrase(roots, 'a root, which is harmless but superfluous: who trusts it has it'),
  ];
}

function phrase(labels: ReadonlySet<string>, what: string): string[] {
  if (labels.size === 0) return [];
  const named = [...labels].slice(0, NAMED).join(', ');
  return [
    `${named}${labels.size > NAMED ? ` and ${labels.size - NAMED} more` : ''} ${labels.size === 1 ? 'is' : 'are'} ${what}`,
  ];
}

/**
 * What lies on any line of issuers from the leaf upwards: a cross-sign is sent on purpose, for clients that lack the newer
 * root. By name, and by key where the line has a certificate of that name.
 */
function usefulIn(chain: ServedChain, presented: readonly (Certificate | undefined)[]): ReadonlySet<number> {
  const line = new Set(lineOf(chain));
  const onLine = presented.filter((each) => each !== undefined && line.has(each.fingerprint));
  const keys = new Map(onLine.map((each) => [each?.subject, each?.spkiSha256]));
  const bySubject = Map.groupBy(presented.keys(), (index) => presented[index]?.subject);
  const reached = new Set([0]);
  for (const index of reached) {
    for (const above of bySubject.get(presented[index]?.issuer) ?? []) {
      const key = keys.get(presented[above]?.subject);
      if (key === undefined || key === presented[above]?.spkiSha256) reached.add(above);
    }
  }
  return reached;
}
