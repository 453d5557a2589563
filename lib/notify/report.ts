import { formatInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { describeFailure } from '../core/reason.ts';
import type { Status } from '../core/status.ts';
import type { Publication } from './sns.ts';

/** The weekly message: what is watched, what is open, and what the monitor cannot see. */
export function reportOf(status: Status): Publication {
  return {
    title: `weekly report, ${status.sentence}`,
    lines: reportLines(status),
    sms: `NotAfter: ${status.sentence}`,
    attributes: { severity: 'info', owner: '-', kind: 'report', rung: 'notice', event: 'report', sms: 'no' },
  };
}

/** The same lines that `notafter status` prints. */
export function reportLines({
  sentence,
  watched,
  open,
  unobserved,
  lastRun,
  blind,
  sources,
}: Status): readonly string[] {
  const kinds = Object.entries(watched).map(([kind, count]) => `${count} ${kind}`);
  const findings = Object.entries(open).map(([severity, count]) => `${count} ${severity}`);
  return [
    `${sentence}.`,
    ...(kinds.length === 0 ? [] : [`  watched: ${kinds.join(', ')}`]),
    `  open findings: ${findings.length === 0 ? 'none' : findings.join(', ')}`,
    ...(unobserved === 0
      ? []
      : [`  cannot be observed: ${unobserved} (notafter list --severity warning names them)`]),
    `  last completed run: ${lastRun?.finishedAt == null ? 'none yet' : formatInstant(lastRun.finishedAt)}`,
    ...sources
      .filter(({ source }) => source.includes('/'))
      .map(({ source, lastSuccessAt, listed }) => {
        const when = lastSuccessAt === undefined ? 'never read' : `read ${formatInstant(lastSuccessAt)}`;
        return `  ${source}: ${listed} listed, ${when}`;
      }),
    ...blind.flatMap(({ what, failure, remedy }) => [
      `  blind: ${escapeForTerminal(what, 300)}`,
      `    ${escapeForTerminal(describeFailure(failure), 600)}`,
      `    → ${escapeForTerminal(remedy, 600)}`,
    ]),
  ];
}
