import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Acknowledgement,
  type AcknowledgementScope,
  covers,
  isInForce,
} from '../../core/acknowledgement.ts';
import { CHECKS } from '../../core/checks/index.ts';
import type { CheckId } from '../../core/finding.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { targetLabel } from '../../core/target.ts';
import { safeJson } from '../../notify/safe-json.ts';
import {
  listAcknowledgements,
  putAcknowledgement,
  removeAcknowledgement,
} from '../../store/acknowledgements.ts';
import { findCertificates } from '../../store/certificates.ts';
import { openFindings } from '../../store/ledger.ts';
import type { Table } from '../../store/table.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { demandTarget } from '../find-target.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption, durationOption, instantOption } from '../options.ts';
import { UserError } from '../user-error.ts';

interface AckOptions extends InventoryOptions {
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
const LONGEST_MS = 366 * DAY;

/** `notafter ack`: silence that somebody asked for, with a reason and an end. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Accepts findings for a time: no reminders, and nothing new about them unless they get worse. What is named has to fit all together. With --from in the future it is a maintenance window: what opens in it is said when it is over.',
    )
    .argument('[target]', 'a target as "notafter list" or a message names it')
    .option('--check <check>', 'only findings of this check', checkOption)
    .option('--owner <owner>', 'only findings of this owner')
    .option('--fingerprint <hex>', 'only findings about this certificate')
    .option('--reason <text>', 'why, for those who come after you')
    .option(
      '--for <duration>',
      'from now on for this time',
      durationOption({ minMs: 60_000, maxMs: LONGEST_MS, example: '7d' }),
    )
    .option('--until <date>', 'until this instant (UTC)', instantOption)
    .option('--from <date>', 'from this instant on (UTC) instead of now', instantOption)
    .option('--list', 'what is accepted, and what will be')
    .option('--remove <id>', 'take an acknowledgement back');
  addInventoryOptions(command);
  addJsonOption(command).action(async (target: string | undefined, options: AckOptions) => {
    context.finish(await ack(target, options, context));
  });
  endHelp(command, 'work', [
    ['notafter ack api.example.com --for 7d --reason "replaced on Monday"', 'everything open at one target'],
    [
      'notafter ack --check name-mismatch --owner lab --for 30d --reason "lab hosts"',
      'one check for one owner',
    ],
    [
      'notafter ack api.example.com --from 2026-12-24T20:00 --until 2026-12-24T23:00 --reason move',
      'a maintenance window',
    ],
    ['notafter ack --list', 'what is kept quiet, until when, and why'],
  ]);
}

function checkOption(text: string): CheckId {
  const found = [...CHECKS.map(({ id }) => id), 'source-failing', 'monitor-impaired'].find(
    (id) => id === text,
  );
  if (found === undefined)
    throw new InvalidArgumentError('There is no such check: docs/checks.md lists them.');
  return found as CheckId;
}

async function ack(text: string | undefined, options: AckOptions, context: CliContext): Promise<ExitCode> {
  demandOneTask(text, options);
  const inventory = await openInventory(options, options.list ? 'read' : 'write');
  try {
    if (options.list) return await showAll(inventory.table, options, context);
    if (options.remove !== undefined) return await remove(inventory.table, options.remove, context);
    return await accept(inventory.table, text, options, context);
  } finally {
    await inventory.close();
  }
}

function demandOneTask(text: string | undefined, options: AckOptions): void {
  const tasks = [options.list === true, options.remove !== undefined, options.reason !== undefined];
  const scoped = text ?? options.check ?? options.owner ?? options.fingerprint;
  if (tasks.filter(Boolean).length > 1)
    throw new UserError('--list, --remove and --reason exclude each other.');
  if (options.list || options.remove !== undefined) return;
  if (scoped === undefined) {
    throw new UserError(
      'name what is accepted: a target, --check, --owner or --fingerprint ("notafter ack --list" shows what is).',
    );
  }
  if (options.reason === undefined || options.reason.trim() === '') {
    throw new UserError('say why with --reason: whoever wonders at the silence will read it.');
  }
  if ((options.for === undefined) === (options.until === undefined)) {
    throw new UserError('say until when, by one of the two: --for 7d or --until 2026-12-31.');
  }
}

async function accept(
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

const SHOWN = 20;

function covered(open: readonly LedgerEntry[]): readonly string[] {
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

function describe(acknowledgement: Acknowledgement, now: Date): readonly string[] {
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

async function showAll(
  table: Table,
  options: AckOptions,
  { stdout, stderr, now }: CliContext,
): Promise<ExitCode> {
  const at = now();
  const kept = (await listAcknowledgements(table)).filter(({ until }) => Date.parse(until) > at.getTime());
  for (const each of kept.toSorted((a, b) => (a.until < b.until ? -1 : 1))) {
    await stdout.write(options.json ? `${safeJson(each)}\n` : `${describe(each, at).join('\n')}\n`);
  }
  if (kept.length === 0) await stderr.write('Nothing is accepted: every finding speaks.\n');
  return EXIT.ok;
}

async function remove(table: Table, id: string, { stdout }: CliContext): Promise<ExitCode> {
  if (!/^[0-9a-f]{2,8}$/.test(id)) {
    throw new UserError(
      `got ${escapeForTerminal(JSON.stringify(id))}; wanted an id, or its beginning: "notafter ack --list" shows them.`,
    );
  }
  const known = await listAcknowledgements(table);
  const found = known.filter((each) => each.id.startsWith(id));
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) {
    const why =
      more.length > 0
        ? `several begin like that (${found.map((each) => each.id).join(', ')})`
        : 'there is none';
    throw new UserError(`${escapeForTerminal(id)}: ${why}; "notafter ack --list" shows them.`);
  }
  await removeAcknowledgement(table, only.id);
  await stdout.write(
    `${only.id}  taken back: what it kept quiet speaks after the next look, if it is still so\n`,
  );
  return EXIT.ok;
}
