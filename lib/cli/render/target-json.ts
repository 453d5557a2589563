import type { Acknowledgement } from '../../core/acknowledgement.ts';
import type { Certificate } from '../../core/certificate.ts';
import type { Finding } from '../../core/finding.ts';
import type { TargetState } from '../../core/state.ts';
import { safeJson } from '../../notify/safe-json.ts';
import type { KnownTarget } from '../find-target.ts';
import { certificateFields } from './certificate-json.ts';
import { findingFields } from './findings.ts';

/** Everything that is known of one target as one line of JSON (docs/cli.md). */
export function targetJson(
  { record, state, content, ledger }: KnownTarget,
  certificates: ReadonlyMap<string, Certificate>,
  findings: readonly Finding[],
  accepted: readonly Acknowledgement[],
): string {
  const { id, kind, owner, tags, everyMs } = record.target;
  return `${safeJson({
    type: 'target',
    target: id,
    kind,
    owner,
    tags,
    everyMs: everyMs ?? null,
    origin: record.origin,
    addedAt: record.addedAt,
    withdrawnAt: record.withdrawnAt ?? null,
    state: state === undefined ? null : stateFields(state),
    content: content ?? null,
    certificates: [...certificates.values()].map(certificateFields),
    findings: findings.map(findingFields),
    acknowledgements: accepted,
    ledger: ledger.map(
      ({
        check,
        story,
        fingerprint,
        episode,
        state: entryState,
        rung,
        announced,
        openedAt,
        closedAt,
        closedAs,
      }) => ({
        check,
        story,
        fingerprint,
        episode,
        state: entryState,
        rung,
        announced,
        openedAt,
        closedAt: closedAt ?? null,
        closedAs: closedAs ?? null,
      }),
    ),
  })}\n`;
}

/** The settings it was looked at with are a hash, and nobody's business. */
function stateFields({ settings: _, ...fields }: TargetState) {
  return fields;
}
