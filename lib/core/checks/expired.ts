import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { judgedCertificates } from '../judged.ts';
import { isExpired, ladderPosition, remainingMs } from '../ladder.ts';
import { particularsOf } from '../particulars.ts';
import type { Check } from './check.ts';

/** A leaf is past its notAfter: every client that verifies refuses it. */
export const expired: Check = {
  id: 'expired',
  title: 'Certificate expired',
  citation: 'RFC 5280 §4.1.2.5 and §6.1.3 (a)(2)',
  story: 'expiring',
  *run(subject) {
    for (const judged of judgedCertificates(subject)) {
      if (judged.position !== 'leaf' || judged.notAfter === null || !isExpired(judged, subject.now)) continue;
      const ago = formatDuration(-(remainingMs(judged, subject.now) ?? 0));
      const where = judged.where === '' ? '' : ` (${judged.where})`;
      yield {
        ...particularsOf(judged, subject),
        severity: judged.isIdle ? 'info' : 'critical',
        rung: judged.isIdle ? null : 'expired',
        passed: ladderPosition(judged, judged.column, subject.target.thresholds, subject.now).passed,
        message: `${judged.label} expired ${ago} ago, on ${formatInstant(judged.notAfter)}${where}`,
        advice: judged.isIdle
          ? 'Nothing uses it: delete it.'
          : subject.target.kind === 'domain'
            ? 'Replace it now: updates of the domain are locked until its ownership is proven.'
            : 'Replace it now: clients that verify refuse the connection.',
      };
    }
  },
};
