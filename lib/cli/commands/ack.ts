import { type Command, InvalidArgumentError } from 'commander';
import { CHECKS } from '../../core/checks/index.ts';
import type { CheckId } from '../../core/finding.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { listAcknowledgements, removeAcknowledgement } from '../../store/acknowledgements.ts';
import type { Table } from '../../store/table.ts';
import { type AckOptions, accept, LONGEST_MS } from '../acknowledge.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption, durationOption, instantOption } from '../options.ts';
import { describe } from '../render/acknowledgement.ts';
import { UserError } from '../user-error.ts';

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

export async function remove(table: Table, id: string, { stdout }: CliContext): Promise<ExitCode> {
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
