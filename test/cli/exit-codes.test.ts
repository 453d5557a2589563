import { describe, expect, it } from 'vitest';
import { exitCodeOf, worseExit } from '../../lib/cli/exit-codes.ts';
import type { CheckId, Finding } from '../../lib/core/finding.ts';
import type { Severity } from '../../lib/core/severity.ts';

function finding(check: CheckId, severity: Severity): Finding {
  return {
    check,
    story: check,
    target: 'endpoint:a:443',
    fingerprint: null,
    severity,
    rung: null,
    message: '',
    advice: '',
  };
}

const unobserved = finding('could-not-observe', 'warning');

describe('the exit code', () => {
  it.each([
    ['no findings', [], 0],
    ['information', [finding('expiring', 'info')], 0],
    ['a warning', [finding('expiring', 'warning')], 1],
    ['a warning and something critical', [finding('expiring', 'warning'), finding('expired', 'critical')], 2],
    ['an unobserved target, whatever its severity', [unobserved], 3],
    ['an unobserved and a critical one', [unobserved, finding('expired', 'critical')], 2],
    ['an unobserved one and a warning, which was found', [unobserved, finding('weak-key', 'warning')], 1],
    ['an unobserved one and information', [unobserved, finding('expiring', 'info')], 3],
  ] as const)('of %s', (_what, findings, code) => {
    expect(exitCodeOf(findings)).toBe(code);
  });

  it('of several targets is that of the worst, in any order', () => {
    for (const [a, b, worse] of [
      [0, 3, 3],
      [3, 1, 1],
      [1, 2, 2],
      [3, 2, 2],
    ] as const) {
      expect(worseExit(a, b)).toBe(worse);
      expect(worseExit(b, a)).toBe(worse);
    }
  });
});
