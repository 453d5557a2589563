import { type Acknowledgement, covers, isInForce } from '../core/acknowledgement.ts';
import type { Certificate } from '../core/certificate.ts';
import { type Content, certificatesBehind, type ServedChain } from '../core/content.ts';
import { evaluate } from '../core/evaluate.ts';
import type { Finding } from '../core/finding.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { describeFailure } from '../core/reason.ts';
import type { TargetState } from '../core/state.ts';
import { type Target, targetLabel } from '../core/target.ts';
import { safeJson } from '../notify/safe-json.ts';
import { listAcknowledgements } from '../store/acknowledgements.ts';
import { getCertificates } from '../store/certificates.ts';
import type { Table } from '../store/table.ts';
import type { KnownTarget } from './find-target.ts';
import { addressesText } from './render/addresses.ts';
import { cadenceText } from './render/cadence.ts';
import { detailLines, labelText } from './render/certificate.ts';
import { certificateFields } from './render/certificate-json.ts';
import { findingFields, findingLines } from './render/findings.ts';
import { instantText, remainingText } from './render/time.ts';
import type { ShowView } from './show-certificate.ts';
import { standing } from './standing.ts';

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

function targetJson(
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

function targetCard(
  known: KnownTarget,
  certificates: ReadonlyMap<string, Certificate>,
  findings: readonly Finding[],
  accepted: readonly Acknowledgement[],
  view: ShowView,
): string {
  const { paint } = view;
  const { record, state, content = null, ledger } = known;
  const { target } = record;
  const { word, tone } = standing(known, findings);
  const title = `${paint('strong', escapeForTerminal(targetLabel(target.id)))}  ${paint(tone, word)}`;
  const open = ledger.filter((entry) => entry.state === 'open' && entry.announced !== null);
  const tags = Object.entries(target.tags).map(([key, value]) => `${key}=${value}`);
  const lines = [
    ...findingLines(findings, paint),
    ...detailLines(
      [
        ...contentDetails(content, certificates, view),
        ['owner', target.owner === null ? 'nobody' : escapeForTerminal(target.owner)],
        ...(tags.length === 0 ? [] : [['tags', escapeForTerminal(tags.join(', '))] as const]),
        ['from', ORIGINS[record.origin]],
        ...(record.withdrawnAt === undefined
          ? []
          : [['withdrawn', instantText(record.withdrawnAt)] as const]),
        ['looked at', lookedAt(target, state)],
        ...(state?.failure === undefined
          ? []
          : [
              [
                'failing',
                `${escapeForTerminal(describeFailure(state.failure))} [${state.failure.reason}], last seen ${state.seenAt === null ? 'never' : instantText(state.seenAt)}`,
              ] as const,
            ]),
        ...open.map(
          (entry) =>
            [
              'told',
              `${entry.check}: ${entry.announced}, open since ${instantText(entry.openedAt)}`,
            ] as const,
        ),
        ...accepted.map(
          ({ id, until, reason }) =>
            ['accepted', `until ${instantText(until)}: ${escapeForTerminal(reason)} (${id})`] as const,
        ),
      ],
      paint,
    ),
  ];
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

const ORIGINS = {
  config: 'the configuration',
  command: 'a command',
  discovered: 'a listing of AWS',
} as const;

function lookedAt(target: Target, state: TargetState | undefined): string {
  const cadence = cadenceText(target, state);
  const last = state === undefined ? 'never' : instantText(state.observedAt);
  return cadence === undefined ? last : `${last}, every ${cadence}`;
}

function contentDetails(
  content: Content | null,
  certificates: ReadonlyMap<string, Certificate>,
  { now }: ShowView,
): (readonly [string, string])[] {
  if (content === null) return [['holds', 'nothing was ever seen']];
  const name = (fingerprint: string) => {
    const certificate = certificates.get(fingerprint);
    return certificate === undefined
      ? fingerprint.slice(0, 16)
      : `${labelText(certificate)}  ${remainingText(certificate, now)}  ${fingerprint.slice(0, 16)}`;
  };
  if (content.kind !== 'endpoint') {
    return [...factDetails(content), ...holdings(content.certificates, name)];
  }
  return content.chains.flatMap((chain) => {
    const tls = [
      chain.protocol,
      chain.cipher,
      chain.keyExchangeGroup,
      chain.clientCertificateRequired ? 'client certificate required' : null,
    ];
    return [
      ...chain.certificates.map((fingerprint, index): [string, string] => [
        index === 0 ? 'chain' : '',
        name(fingerprint),
      ]),
      ['tls', escapeForTerminal(tls.filter((part) => part !== null).join(', '))] as const,
      ['addresses', `${addressesText(chain)}${lastSeenText(chain)}`] as const,
    ];
  });
}

function lastSeenText({ lastSeenAt }: ServedChain): string {
  return lastSeenAt === undefined ? '' : ` (silent; last seen ${instantText(lastSeenAt)})`;
}

function holdings(
  certificates: readonly string[],
  name: (fingerprint: string) => string,
): [string, string][] {
  return certificates.map((fingerprint, index) => [index === 0 ? 'holds' : '', name(fingerprint)]);
}

/** What AWS says beside the certificates. */
function factDetails(content: Exclude<Content, { kind: 'endpoint' }>): [string, string][] {
  switch (content.kind) {
    case 'acm': {
      const { status, type, inUse, usedBy, renews, renewal, reason } = content;
      const renewing = renews ? `by ACM${renewal === null ? '' : `, ${renewal}`}` : 'not by ACM';
      return [
        ['status', escapeForTerminal(`${status}, ${type}`)],
        ['renewed', escapeForTerminal(`${renewing}${reason === null ? '' : ` (${reason})`}`)],
        ['used by', escapeForTerminal(inUse === false ? 'nothing' : usedBy.join(', ') || 'unknown', 600)],
      ];
    }
    case 'domain': {
      const { endpointType, status, certificateArn, truststore } = content;
      return [
        ['domain', escapeForTerminal(`${endpointType}, ${status ?? 'no status'}`)],
        ['serves', escapeForTerminal(certificateArn ?? 'no certificate that it names')],
        ...(truststore === null
          ? []
          : [
              [
                'accepts',
                escapeForTerminal(`${truststore.uri}, version ${truststore.version ?? 'not named'}`),
              ] as [string, string],
            ]),
      ];
    }
    case 'truststore':
    case 'file':
      return (content.loaded?.versions ?? []).map(({ version, domains }) => [
        'loaded',
        escapeForTerminal(`version ${version ?? 'not named'} by ${domains.join(', ')}`, 600),
      ]);
    default:
      return [];
  }
}
