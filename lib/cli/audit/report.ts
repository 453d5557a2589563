import { certificateLabel } from '../../core/certificate.ts';
import { certificatesIn } from '../../core/certificates-in.ts';
import type { Finding } from '../../core/finding.ts';
import type { Observation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { describeFailure } from '../../core/reason.ts';
import type { Status } from '../../core/status.ts';
import { type Target, type TargetKind, targetLabel } from '../../core/target.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import type { Paint } from '../render/color.ts';
import { findingFields, findingLines, statusOf } from '../render/findings.ts';
import { remainingText } from '../render/time.ts';

/** One thing that was looked at, and what is to be said of it. */
export interface Audited {
  readonly target: Target;
  readonly observation: Observation;
  /** Most severe first. */
  readonly findings: readonly Finding[];
}

const KIND: Readonly<Record<TargetKind, string>> = {
  endpoint: 'served at',
  truststore: 'truststore',
  file: 'file',
  acm: 'ACM',
  domain: 'domain',
  'client-certificate': 'client certificate',
};

/** The worst first; what is alike in that by name. */
export function byUrgency(a: Audited, b: Audited): number {
  const rank = ({ findings }: Audited) =>
    [EXIT.ok, EXIT.unknown, EXIT.warning, EXIT.critical].indexOf(exitCodeOf(findings));
  return rank(b) - rank(a) || (a.target.id < b.target.id ? -1 : 1);
}

/** What a person calls it, and which kind of thing it is. */
function heading({ target, observation }: Audited): string {
  const [leaf] = certificatesIn(observation);
  const place = 'place' in target && target.place !== undefined ? `  (${target.place.region})` : '';
  switch (target.kind) {
    case 'endpoint':
      return `${target.endpoint.serverName}  ${KIND.endpoint} ${target.endpoint.host}`;
    case 'truststore':
      return `${target.path}  ${KIND.truststore}${place}`;
    case 'acm':
      return `${target.name === '' && leaf !== undefined ? certificateLabel(leaf) : target.name}  ${KIND.acm} ${target.arn.split('/').at(-1)}${place}`;
    case 'domain':
    case 'client-certificate':
      return `${target.name}  ${KIND[target.kind]}${place}`;
    default:
      return targetLabel(target.id);
  }
}

/** One thing with its findings; only a line where all is well. */
export function auditedText(
  audited: Audited,
  { now, paint }: { readonly now: Date; readonly paint: Paint },
): string {
  const { observation, findings } = audited;
  const status = statusOf(findings);
  const [first] = [...certificatesIn(observation)]
    .filter(({ notAfter }) => notAfter !== null)
    .sort((a, b) => ((a.notAfter ?? '') < (b.notAfter ?? '') ? -1 : 1));
  const end = first === undefined ? '' : `  ${remainingText(first, now)}`;
  const title = `${paint(status, status.padEnd(8))}  ${escapeForTerminal(heading(audited), 300)}${paint('faint', end)}`;
  const lines = findingLines(findings, paint).map((line) => `          ${line}`);
  return `${[title, ...lines].join('\n')}\n`;
}

/** The same as a line of JSON. */
export function auditedJson({ target, observation, findings }: Audited): string {
  return safeJson({
    type: 'audited',
    target: target.id,
    kind: target.kind,
    status: statusOf(findings),
    ...(observation.failure === undefined ? {} : { failure: observation.failure }),
    certificates: Array.from(certificatesIn(observation), ({ fingerprint, subject, notAfter }) => ({
      fingerprint,
      subject,
      notAfter,
    })),
    findings: findings.map(findingFields),
  });
}

/** What could not be seen, and what to grant. */
export function blindText({ blind }: Status, paint: Paint): string {
  return blind
    .map(
      ({ what, failure, remedy }) =>
        `${paint('unknown', 'blind   ')}  ${escapeForTerminal(what, 300)}: ${escapeForTerminal(describeFailure(failure), 600)}\n` +
        `          ${paint('faint', `→ ${escapeForTerminal(remedy, 600)}`)}\n`,
    )
    .join('');
}
