import type { Acknowledgement } from '../../core/acknowledgement.ts';
import type { Certificate } from '../../core/certificate.ts';
import { startTlsOf } from '../../core/endpoint.ts';
import type { Finding } from '../../core/finding.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { describeFailure } from '../../core/reason.ts';
import type { TargetState } from '../../core/state.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import type { KnownTarget } from '../find-target.ts';
import { standing } from '../standing.ts';
import { cadenceText } from './cadence.ts';
import { detailLines } from './certificate.ts';
import { deepDetails } from './deep-look.ts';
import { findingLines } from './findings.ts';
import { holdingDetails } from './holdings.ts';
import type { CardView } from './probe-card.ts';
import { chainLines } from './served-chain.ts';
import { instantText } from './time.ts';

/** Everything that is known of one target, what is wrong first. */
export function targetCard(
  known: KnownTarget,
  certificates: ReadonlyMap<string, Certificate>,
  findings: readonly Finding[],
  accepted: readonly Acknowledgement[],
  view: CardView,
): string {
  const { paint, now } = view;
  const { record, state, content = null, ledger } = known;
  const { target } = record;
  const { word, tone } = standing(known, findings);
  const title = `${paint('strong', escapeForTerminal(targetLabel(target.id)))}  ${paint(tone, word)}`;
  const open = ledger.filter((entry) => entry.state === 'open' && entry.announced !== null);
  const tags = Object.entries(target.tags).map(([key, value]) => `${key}=${value}`);
  const endpoint = content?.kind === 'endpoint' ? content : null;
  const starttls = target.kind === 'endpoint' ? startTlsOf(target.endpoint) : null;
  const lines = [
    ...findingLines(findings, paint),
    ...(endpoint === null ? [] : chainLines(endpoint, { now, paint, certificates, starttls })),
    ...detailLines(
      [
        ...(content === null ? [['holds', 'nothing was ever seen'] as const] : []),
        ...(content === null || content.kind === 'endpoint'
          ? []
          : holdingDetails(content, certificates, now)),
        ...(endpoint === null ? [] : deepDetails(endpoint, certificates, now)),
        ['owner', target.owner === null ? 'nobody' : escapeForTerminal(target.owner)],
        ...(tags.length === 0 ? [] : [['tags', escapeForTerminal(tags.join(', '))] as const]),
        ['from', ORIGINS[record.origin]],
        ...(record.withdrawnAt === undefined
          ? []
          : [['withdrawn', instantText(record.withdrawnAt)] as const]),
        ['looked at', lookedAt(target, state)],
        ...(state?.deepAt === undefined ? [] : [['deeper', instantText(state.deepAt)] as const]),
        ...(state?.inquiredAt === undefined
          ? []
          : [['inquired', `${instantText(state.inquiredAt)}, of the CAs and DNS`] as const]),
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
