import { type Check, toFinding } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import type { Finding } from './finding.ts';
import { rungRank } from './ladder.ts';
import { severityRank } from './severity.ts';
import type { Subject } from './subject.ts';

/** All opinions on one target at one instant, most severe first. The same facts always give the same list. */
export function evaluate(subject: Subject): readonly Finding[] {
  const isOn = (check: Check) => check.optional !== true || subject.switchedOn?.has(check.id) === true;
  return CHECKS.filter(isOn)
    .flatMap((check) => Array.from(check.run(subject), (opinion) => toFinding(check, subject, opinion)))
    .map((finding, order) => ({ finding, order }))
    .sort(
      (a, b) =>
        severityRank(b.finding.severity) - severityRank(a.finding.severity) ||
        rungRank(b.finding.rung) - rungRank(a.finding.rung) ||
        a.order - b.order,
    )
    .map(({ finding }) => finding);
}
