/** What a finding says, as the ledger keeps it. */
import type { Finding } from './finding.ts';
import type { LedgerEntry } from './ledger.ts';

/** The part of a ledger entry that a finding replaces. */
export function opinionOf(finding: Finding) {
  return {
    check: finding.check,
    severity: finding.severity,
    rung: finding.rung,
    message: finding.message,
    advice: finding.advice,
    ...(finding.notAfter === undefined ? {} : { notAfter: finding.notAfter }),
    ...(finding.label === undefined ? {} : { label: finding.label }),
    ...(finding.issuer === undefined ? {} : { issuer: finding.issuer }),
    ...(finding.affects === undefined ? {} : { affects: finding.affects }),
    ...(finding.command === undefined ? {} : { command: finding.command }),
  };
}

/** An opinion replaces another one as a whole: what the new one does not say does not hold any more. */
export function withoutOpinion(entry: LedgerEntry): LedgerEntry {
  const { notAfter: _, label: __, issuer: ___, affects: ____, command: _____, ...rest } = entry;
  return rest;
}
