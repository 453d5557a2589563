import type { Finding } from '../../core/finding.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import type { Severity } from '../../core/severity.ts';
import { EXIT, type ExitCode, exitCodeOf, isUnobserved } from '../exit-codes.ts';
import type { Paint } from './color.ts';

/** The outcome for one target in one word; `unknown` where the worst is that it could not be observed. */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown';

const STATUS: Readonly<Record<ExitCode, Status>> = {
  [EXIT.ok]: 'ok',
  [EXIT.warning]: 'warning',
  [EXIT.critical]: 'critical',
  [EXIT.unknown]: 'unknown',
};

/** The word for what the findings of one target come to; it goes with the exit code. */
export function statusOf(findings: readonly Finding[]): Status {
  return STATUS[exitCodeOf(findings)];
}

/** A finding in JSON (docs/cli.md). The target is said by what it stands in. */
export function findingFields(finding: Finding) {
  return {
    check: finding.check,
    severity: finding.severity,
    rung: finding.rung,
    fingerprint: finding.fingerprint,
    message: finding.message,
    advice: finding.advice,
    ...(finding.notAfter === undefined ? {} : { notAfter: finding.notAfter }),
  };
}

/** Sentences are longer than fields: a message may name several addresses. */
const SENTENCE_LIMIT = 600;

/** What a finding says, for a terminal, without colour. */
export function findingSentence(finding: Finding): string {
  return escapeForTerminal(finding.message, SENTENCE_LIMIT);
}

/** Findings as lines of a card: severity and message, the advice below. Information keeps its advice to itself. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap((finding) => {
    const tone: Severity | 'unknown' = isUnobserved(finding) ? 'unknown' : finding.severity;
    const line = `${paint(tone, tone.padEnd(8))}  ${findingSentence(finding)} ${paint('faint', `[${finding.check}]`)}`;
    if (finding.severity === 'info') return [line];
    return [
      line,
      `${' '.repeat(10)}${paint('faint', `→ ${escapeForTerminal(finding.advice, SENTENCE_LIMIT)}`)}`,
    ];
  });
}
