import { type Acknowledgement, covers, isInForce } from '../core/acknowledgement.ts';
import { certificatesBehind } from '../core/content.ts';
import { evaluate } from '../core/evaluate.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import { getCertificates } from '../store/certificates.ts';
import type { Table } from '../store/table.ts';
import type { KnownTarget } from './find-target.ts';
import { targetCard } from './render/target-card.ts';
import { targetJson } from './render/target-json.ts';
import type { ShowView } from './show-certificate.ts';

/** Everything that is known of one target: what it holds, what is wrong with it now, what was said about it. */
export async function targetView(table: Table, known: KnownTarget, view: ShowView): Promise<string> {
  const { record, state, content = null, ledger } = known;
  const certificates = await getCertificates(table, certificatesBehind(content));
  const findings = evaluate({
    target: record.target,
    content,
    certificate: (fingerprint) => certificates.get(fingerprint),
    failures: state?.failures ?? 0,
    ...(state?.failure === undefined ? {} : { failure: state.failure }),
    unreachableAfter: DEFAULT_POLICY.unreachableAfter,
    // Which optional checks are switched on stands in a configuration; what they found, here.
    switchedOn: new Set(ledger.filter((entry) => entry.state === 'open').map(({ check }) => check)),
    now: view.now,
  });
  const accepted = await acceptedAt(table, known, view.now);
  return view.json
    ? targetJson(known, certificates, findings, accepted)
    : targetCard(known, certificates, findings, accepted, view);
}

/** The acknowledgements in force that cover something open here. */
async function acceptedAt(
  table: Table,
  { record, ledger }: KnownTarget,
  now: Date,
): Promise<readonly Acknowledgement[]> {
  const { owner } = record.target;
  const open = ledger.filter(({ state }) => state === 'open');
  return (await listAcknowledgements(table)).filter(
    (each) => isInForce(each, now) && open.some((entry) => covers(each, { ...entry, owner })),
  );
}
