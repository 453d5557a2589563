import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { type Acknowledgement, type AcknowledgementScope, covers } from '../core/acknowledgement.ts';
import type { CheckId } from '../core/finding.ts';
import { toInstant } from '../core/instant.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { safeJson } from '../notify/safe-json.ts';
import { putAcknowledgement } from '../store/acknowledgements.ts';
import { findCertificates } from '../store/certificates.ts';
import { openFindings } from '../store/ledger.ts';
import type { Table } from '../store/table.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { demandTarget } from './find-target.ts';
import type { InventoryOptions } from './inventory.ts';
import { covered, describe } from './render/acknowledgement.ts';
import { UserError } from './user-error.ts';

/** The options of `notafter ack`. */
export interface AckOptions extends InventoryOptions {
  readonly check?: CheckId;
  readonly owner?: string;
  readonly fingerprint?: string;
  readonly reason?: string;
  readonly for?: number;
  readonly until?: Date;
  readonly from?: Date;
  readonly list?: true;
  readonly remove?: string;
  readonly json?: true;
}

const DAY = 86_400_000;

/** Longer than a year nobody remembers why. */
export const LONGEST_MS = 366 * DAY;

/** Stores an acknowledgement as the options ask for it, and says what it covers now. @throws UserError */
export async function accept(
  table: Table,
  text: string | undefined,
  options: AckOptions,
  { stdout, now }: CliContext,
): Promise<ExitCode> {
  const at = now();
  const from = options.from ?? at;
  const until = options.until ?? new Date(from.getTime() + (options.for ?? 0));
  if (until <= from || until <= at) {
    throw new UserError(`it would be over before it begins: got ${toInstant(from)} to ${toInstant(until)}.`);
  }
  if (until.getTime() - at.getTime() > LONGEST_MS) {
    throw new UserError(
      `until ${toInstant(until)} is longer than a year; accept it for less, and look at it again then.`,
    );
  }
  const by = userName();
  const acknowledgement: Acknowledgement = {
    id: randomBytes(4).toString('hex'),
    scope: await scopeOf(table, text, options),
    reason: (options.reason ?? '').trim().slice(0, 500),
    from: toInstant(from),
    until: toInstant(until),
    createdAt: toInstant(at),
    ...(by === undefined ? {} : { by }),
  };
  await putAcknowledgement(table, acknowledgement);
  const open = await openUnder(table, acknowledgement);
  if (options.json) await stdout.write(`${safeJson({ ...acknowledgement, open: open.length })}\n`);
  else await stdout.write(`${[...describe(acknowledgement, at), ...covered(open)].join('\n')}\n`);
  return EXIT.ok;
}

async function scopeOf(
  table: Table,
  text: string | undefined,
  { check, owner, fingerprint }: AckOptions,
): Promise<AcknowledgementScope> {
  return {
    ...(text === undefined ? {} : { target: await targetId(table, text) }),
    ...(check === undefined ? {} : { check }),
    ...(owner === undefined ? {} : { owner }),
    ...(fingerprint === undefined ? {} : { fingerprint: await wholeFingerprint(table, fingerprint) }),
  };
}

/** What the monitor says of itself and of its sources is no target of the list, and can be accepted all the same. */
async function targetId(table: Table, text: string): Promise<string> {
  return /^(?:source|monitor):/.test(text) ? text : (await demandTarget(table, text)).record.target.id;
}

async function wholeFingerprint(table: Table, text: string): Promise<string> {
  const digits = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{6,64}$/.test(digits)) {
    throw new UserError(
      `got ${escapeForTerminal(text)}; wanted at least six digits of a SHA-256 fingerprint.`,
    );
  }
  const [only, ...more] = await findCertificates(table, digits);
  if (only === undefined) throw new UserError(`the inventory knows no certificate ${digits}.`);
  if (more.length > 0) throw new UserError(`several fingerprints begin with ${digits}: give more of it.`);
  return only;
}

function userName(): string | undefined {
  try {
    return userInfo().username.slice(0, 100);
  } catch {
    // A container may know no name for its user.
    return undefined;
  }
}

/** What is open now and fits. The owner of a finding is that of its target when something was said last. */
async function openUnder(table: Table, acknowledgement: Acknowledgement): Promise<readonly LedgerEntry[]> {
  const open: LedgerEntry[] = [];
  for (const severity of ['critical', 'warning', 'info'] as const) {
    for await (const entry of openFindings(table, severity)) {
      if (entry.rung !== null && covers(acknowledgement, { ...entry, owner: entry.told ?? null }))
        open.push(entry);
    }
  }
  return open;
}
