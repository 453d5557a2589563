import { formatDuration } from '../duration.ts';
import { formatInstant, toInstant } from '../instant.ts';
import { type Judged, judgedCertificates } from '../judged.ts';
import { ladderPosition, type Rung, remainingMs, rungRank } from '../ladder.ts';
import { particularsOf } from '../particulars.ts';
import type { Severity } from '../severity.ts';
import type { TargetKind } from '../target.ts';
import type { Check } from './check.ts';

const SEVERITY: Readonly<Record<Exclude<Rung, 'expired'>, Severity>> = {
  notice: 'info',
  'notice-again': 'info',
  warning: 'warning',
  critical: 'critical',
  last: 'critical',
};

/** A certificate whose end matters stands on a rung of the ladder. */
export const expiring: Check = {
  id: 'expiring',
  title: 'Certificate about to expire',
  citation: 'RFC 5280 §4.1.2.5; CA/Browser Forum Baseline Requirements §6.3.2 (lifetimes)',
  *run(subject) {
    const { target, now } = subject;
    for (const judged of judgedCertificates(subject)) {
      const { rung, passed, nextAt } = ladderPosition(judged, judged.column, target.thresholds, now);
      if (rung === null || rung === 'expired' || judged.notAfter === null) continue;
      if (rungRank(rung) < rungRank(judged.silentUntil)) continue;
      const harmless = judged.hasTwin || judged.isIdle;
      yield {
        ...particularsOf(judged, subject),
        severity: harmless ? 'info' : SEVERITY[rung],
        rung: harmless ? null : rung,
        passed: passed.filter((begin) => rungRank(begin.rung) >= rungRank(judged.silentUntil)),
        message: sentence(judged, now),
        advice: adviceFor(judged, target.kind),
        ...(nextAt === null || harmless ? {} : { nextAt: toInstant(nextAt) }),
      };
    }
  },
};

const ADVICE: Readonly<Record<Judged['position'], string>> = {
  leaf: 'Renew it and deploy the new one on every address.',
  issuer: 'Have the server send a chain whose issuers outlive the leaf, or renew under a current issuer.',
  member:
    'Add the successor CA to the bundle, move the clients to certificates from it, then remove this one.',
};

const ACM_ADVICE =
  'ACM does not renew it: import its successor under the same ARN (aws acm import-certificate --certificate-arn …).';

const OWNERSHIP_ADVICE =
  'Renew the ownership verification certificate in ACM: when it ends, no update of the domain gets through any more.';

const CLIENT_ADVICE =
  'Generate a new client certificate, have the backends trust it, attach it to the stages, and deploy them.';

function adviceFor(judged: Judged, kind: TargetKind): string {
  if (judged.isIdle) return 'Nothing uses it: delete it, or let it end.';
  if (judged.silentUntil !== null)
    return 'ACM should have renewed it by now: look at its renewal in the console.';
  if (kind === 'domain') return OWNERSHIP_ADVICE;
  if (kind === 'acm' && judged.position === 'leaf') return ACM_ADVICE;
  if (kind === 'client-certificate') return CLIENT_ADVICE;
  if (judged.hasTwin) return 'Remove it from the bundle when convenient: its twin takes over.';
  if (judged.renewedElsewhere) return 'Deploy the renewed certificate on the remaining addresses, too.';
  return ADVICE[judged.position];
}

function sentence(judged: Judged, now: Date): string {
  const when = `expires in ${formatDuration(remainingMs(judged, now) ?? 0)}, on ${formatInstant(judged.notAfter ?? '')}`;
  const where = judged.where === '' ? '' : ` (${judged.where})`;
  if (judged.position === 'issuer') return `issuer ${judged.label}${where} ${when}, before the leaf does`;
  if (judged.hasTwin)
    return `CA ${judged.label} ${when}; a twin with the same subject and key is valid for longer`;
  const idle = judged.isIdle ? '; nothing uses it' : '';
  return `${judged.position === 'member' ? 'CA ' : ''}${judged.label} ${when}${where}${idle}`;
}
