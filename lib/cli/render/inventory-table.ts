import { escapeForTerminal } from '../../core/printable.ts';
import { targetLabel } from '../../core/target.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { type InventoryRow, rowSeverity } from '../inventory-rows.ts';
import type { Paint, Tone } from './color.ts';
import { fitColumns, fitPath, type RowText } from './inventory-columns.ts';
import { type Cell, renderTable } from './table.ts';
import { fitTo } from './text-width.ts';
import { instantText, remainingSeconds, remainingText } from './time.ts';

const HEADER: RowText = {
  status: 'STATUS',
  ends: 'ENDS',
  notAfter: 'NOT AFTER',
  target: 'TARGET',
  certificate: 'CERTIFICATE',
  owner: 'OWNER',
  findings: 'FINDINGS',
};

/** The inventory for a person: as many columns as fit, and in a pipe all of them in full. */
export function inventoryTable(
  rows: readonly InventoryRow[],
  now: Date,
  layout: { readonly width: number; readonly paint: Paint },
): string {
  const texts = new Map(rows.map((row) => [rowText(row, now), row]));
  const isPath = (text: RowText) => (texts.get(text)?.kind ?? 'endpoint') !== 'endpoint';
  const fit = fitColumns([HEADER, ...texts.keys()], isPath, layout.width);
  const cells = [...texts].map(([text, row]) =>
    fit.columns.map((column): Cell => {
      if (column === 'status') return { text: text.status, tone: tone(row) };
      if (column === 'certificate') return { text: fitTo(text.certificate, fit.certificate) };
      if (column !== 'target') return { text: text[column] };
      return { text: isPath(text) ? fitPath(text.target, fit.target) : fitTo(text.target, fit.target) };
    }),
  );
  return renderTable(
    fit.columns.map((column) => HEADER[column]),
    cells,
    layout,
  );
}

function rowText(row: InventoryRow, now: Date): RowText {
  const { sighting } = row;
  const status = rowSeverity(row);
  const validity = { notBefore: null, notAfter: sighting?.notAfter ?? null };
  return {
    status: status ?? (sighting === null ? 'unseen' : 'ok'),
    // That it expired is said by the finding.
    ends: sighting === null ? '-' : remainingText(validity, now).replace(/^expired /, ''),
    notAfter: sighting === null ? '-' : instantText(sighting.notAfter).slice(0, 10),
    target: escapeForTerminal(targetLabel(row.target)),
    certificate:
      sighting === null
        ? '-'
        : escapeForTerminal(commonName(sighting.subject) ?? sighting.fingerprint.slice(0, 16)),
    owner: row.owner === null ? '-' : escapeForTerminal(row.owner),
    findings: findingsText(row),
  };
}

function tone(row: InventoryRow): Tone {
  return rowSeverity(row) ?? (row.sighting === null ? 'unknown' : 'ok');
}

/** The reason why a target could not be observed says more than that it could not be. */
function findingsText({ findings, failure }: InventoryRow): string {
  const checks = new Set<string>(findings.map(({ check }) => check));
  if (failure !== null) {
    checks.delete('could-not-observe');
    checks.add(failure.reason);
  }
  return checks.size === 0 ? '-' : [...checks].join(', ');
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
