import { type Acknowledgement, isInForce } from '../../core/acknowledgement.ts';
import { formatInstant } from '../../core/instant.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { targetLabel } from '../../core/target.ts';

const SHOWN = 20;

/** What is open and covered, a line each. */
export function covered(open: readonly LedgerEntry[]): readonly string[] {
  if (open.length === 0) return ['  nothing that it covers is open now'];
  return [
    ...open
      .slice(0, SHOWN)
      .map(
        ({ severity, check, target, message }) =>
          `  ${severity.padEnd(8)} ${check}  ${escapeForTerminal(targetLabel(target))}: ${escapeForTerminal(message)}`,
      ),
    ...(open.length > SHOWN ? [`  and ${open.length - SHOWN} more`] : []),
  ];
}

/** An acknowledgement in two lines: whether it is in force, what it covers, why and by whom. */
export function describe(acknowledgement: Acknowledgement, now: Date): readonly string[] {
  const { id, scope, from, until, reason, by } = acknowledgement;
  const what = Object.entries(scope).map(([name, value]) => `${name} ${escapeForTerminal(String(value))}`);
  const state = isInForce(acknowledgement, now)
    ? 'accepted'
    : Date.parse(until) <= now.getTime()
      ? 'over'
      : 'planned';
  const begin = state === 'planned' ? `from ${formatInstant(from)} ` : '';
  return [
    `${id}  ${state} ${begin}until ${formatInstant(until)}: ${what.join(', ')}`,
    `  ${escapeForTerminal(reason, 500)}${by === undefined ? '' : ` (${escapeForTerminal(by)})`}`,
  ];
}
