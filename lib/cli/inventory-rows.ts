import type { Sighting, TargetRecord } from '../core/inventory.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Failure } from '../core/reason.ts';
import { type Severity, severityRank, worstSeverity } from '../core/severity.ts';
import type { TargetKind } from '../core/target.ts';
import { expiring } from '../store/expiring.ts';
import { openFindings } from '../store/ledger.ts';
import { readStates } from '../store/state.ts';
import type { Table } from '../store/table.ts';
import { listTargets } from '../store/targets.ts';

/** One certificate at one target, or a target that no certificate was ever seen at. */
export interface InventoryRow {
  readonly target: string;
  readonly kind: TargetKind;
  readonly owner: string | null;
  /** Null for a target without a certificate. */
  readonly sighting: Sighting | null;
  /** Open findings about this certificate here, and on a target's first row about the target as a whole; most severe first. */
  readonly findings: readonly LedgerEntry[];
  /** Why a target without a certificate could not be observed lately; null where it could, or was never looked at. */
  readonly failure: Failure | null;
}

export const SORT_ORDERS = ['expiry', 'severity', 'target', 'owner'] as const;

export type SortOrder = (typeof SORT_ORDERS)[number];

export interface RowFilter {
  /** Only certificates that end before this. */
  readonly before?: Date;
  /** Null: those that belong to nobody. */
  readonly owner?: string | null;
  readonly kind?: TargetKind;
  readonly sort: SortOrder;
}

/** DynamoDB is asked for ranges of instants; this is the end of the last. */
const END_OF_TIME = new Date('9999-12-31T23:59:59.999Z');

/** The inventory as rows: three index queries, whatever its size, the states of what was never seen, and no scan. */
export async function inventoryRows(table: Table, filter: RowFilter): Promise<readonly InventoryRow[]> {
  const { owner, kind } = filter;
  const findings = await findingsByTarget(table);
  // What is wrong with a target as a whole is said once, beside the certificate that ends first.
  const of = (target: string, fingerprint: string) =>
    (findings.get(target) ?? []).filter((entry) =>
      entry.fingerprint === null ? !seen.has(target) : entry.fingerprint === fingerprint,
    );

  const rows: InventoryRow[] = [];
  const seen = new Map<string, Set<string>>();
  const range = { before: filter.before ?? END_OF_TIME, ...(owner === undefined ? {} : { owner }) };
  for await (const sighting of expiring(table, range)) {
    const { target, fingerprint } = sighting;
    if (kind === undefined || sighting.kind === kind) {
      const { kind: itsKind, owner: itsOwner } = sighting;
      rows.push({
        target,
        kind: itsKind,
        owner: itsOwner,
        sighting,
        findings: of(target, fingerprint),
        failure: null,
      });
    }
    seen.set(target, (seen.get(target) ?? new Set()).add(fingerprint));
  }
  if (filter.before === undefined) {
    const wanted = { ...(owner === undefined ? {} : { owner }), ...(kind === undefined ? {} : { kind }) };
    const empty: InventoryRow[] = [];
    for await (const record of listTargets(table, wanted)) {
      if (record.withdrawnAt !== undefined) continue;
      const unlisted = withoutRow(findings.get(record.target.id) ?? [], seen.get(record.target.id));
      // A custom domain holds no certificate itself: what it serves, and what it accepts, are targets of their own.
      const isBare = record.target.kind === 'domain' && unlisted.length === 0;
      if (isBare) continue;
      if (!seen.has(record.target.id) || unlisted.length > 0) empty.push(emptyRow(record, unlisted));
    }
    rows.push(...(await withFailures(table, empty)));
  }
  return rows.sort(ORDER[filter.sort]);
}

/** Findings that no row of the target shows: about a certificate whose end cannot be read, or of an unseen target. */
function withoutRow(
  findings: readonly LedgerEntry[],
  seen: ReadonlySet<string> | undefined,
): readonly LedgerEntry[] {
  return findings.filter(({ fingerprint }) =>
    fingerprint === null ? seen === undefined : !seen?.has(fingerprint),
  );
}

function emptyRow({ target }: TargetRecord, findings: readonly LedgerEntry[]): InventoryRow {
  return {
    target: target.id,
    kind: target.kind,
    owner: target.owner,
    sighting: null,
    findings,
    failure: null,
  };
}

async function withFailures(table: Table, rows: readonly InventoryRow[]): Promise<readonly InventoryRow[]> {
  const states = await readStates(
    table,
    rows.map(({ target }) => target),
  );
  return rows.map((row) => ({ ...row, failure: states.get(row.target)?.failure ?? null }));
}

async function findingsByTarget(table: Table): Promise<ReadonlyMap<string, LedgerEntry[]>> {
  const findings = new Map<string, LedgerEntry[]>();
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const entry of openFindings(table, severity)) {
      // No longer seen, and waiting only for a second look to say so.
      if (entry.absent !== undefined) continue;
      const known = findings.get(entry.target);
      if (known === undefined) findings.set(entry.target, [entry]);
      else known.push(entry);
    }
  }
  return findings;
}

/** The most severe finding of a row. */
export function rowSeverity(row: InventoryRow): Severity | null {
  return worstSeverity(row.findings.map(({ severity }) => severity)) ?? null;
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
// What was never seen has no end: after everything else.
const byExpiry = (a: InventoryRow, b: InventoryRow) =>
  byText(a.sighting?.notAfter ?? '~', b.sighting?.notAfter ?? '~') || byText(a.target, b.target);
const rank = (row: InventoryRow) => {
  const severity = rowSeverity(row);
  return severity === null ? -1 : severityRank(severity);
};

const ORDER: Readonly<Record<SortOrder, (a: InventoryRow, b: InventoryRow) => number>> = {
  expiry: byExpiry,
  severity: (a, b) => rank(b) - rank(a) || byExpiry(a, b),
  target: (a, b) => byText(a.target, b.target) || byExpiry(a, b),
  owner: (a, b) => byText(a.owner ?? '~', b.owner ?? '~') || byExpiry(a, b),
};
