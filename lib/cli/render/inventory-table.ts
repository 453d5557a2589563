import { targetLabel } from '../../core/target.ts';
import { type InventoryRow, rowSeverity } from '../inventory-rows.ts';
import type { Paint } from './color.ts';
import { escapeForTerminal } from './escape.ts';
import { safeJson } from './json.ts';
import { type Cell, renderTable } from './table.ts';
import { instantText, remainingSeconds, remainingText } from './time.ts';

const HEADER = ['STATUS', 'ENDS', 'NOT AFTER', 'CERTIFICATE', 'TARGET', 'OWNER', 'FINDINGS'];

/** The inventory for a person. */
export function inventoryTable(
  rows: readonly InventoryRow[],
  now: Date,
  layout: { readonly width: number; readonly paint: Paint },
): string {
  return renderTable(
    HEADER,
    rows.map((row) => cells(row, now)),
    layout,
  );
}

function cells(row: InventoryRow, now: Date): Cell[] {
  const { sighting } = row;
  const status = rowSeverity(row);
  const validity = { notBefore: null, notAfter: sighting?.notAfter ?? null };
  const checks: string[] = [...new Set(row.findings.map(({ check }) => check))];
  if (row.failure !== null) checks.push(row.failure.reason);
  return [
    status === null
      ? { text: sighting === null ? 'unseen' : 'ok', tone: sighting === null ? 'unknown' : 'ok' }
      : { text: status, tone: status },
    { text: sighting === null ? '-' : remainingText(validity, now) },
    { text: sighting === null ? '-' : instantText(sighting.notAfter).slice(0, 16) },
    {
      text:
        sighting === null
          ? '-'
          : escapeForTerminal(commonName(sighting.subject) ?? sighting.fingerprint.slice(0, 16)),
    },
    { text: escapeForTerminal(targetLabel(row.target)) },
    { text: row.owner === null ? '-' : escapeForTerminal(row.owner) },
    { text: checks.length === 0 ? '-' : checks.join(', ') },
  ];
}

function commonName(subject: string): string | undefined {
  return /(?:^|,|\+)CN=((?:\\.|[^,+\\])+)/.exec(subject)?.[1] ?? (subject === '' ? undefined : subject);
}

/** One row for machines (docs/cli.md). */
export function inventoryRowJson(row: InventoryRow, now: Date): string {
  const { sighting } = row;
  const notAfter = sighting?.notAfter ?? null;
  return safeJson({
    target: row.target,
    kind: row.kind,
    owner: row.owner,
    severity: rowSeverity(row),
    fingerprint: sighting?.fingerprint ?? null,
    subject: sighting?.subject ?? null,
    issuer: sighting?.issuer ?? null,
    role: sighting?.role ?? null,
    notAfter,
    remainingSeconds: remainingSeconds({ notBefore: null, notAfter }, now),
    firstSeenAt: sighting?.firstSeenAt ?? null,
    findings: row.findings.map(({ check, severity, rung }) => ({ check, severity, rung })),
    failure: row.failure,
  });
}
