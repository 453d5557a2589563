import { type Command, InvalidArgumentError } from 'commander';
import type { Digest } from '../../core/alert.ts';
import { parseDuration } from '../../core/duration.ts';
import { formatInstant } from '../../core/instant.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { shellCommand } from '../../core/shell-command.ts';
import { digestJson } from '../../notify/digest-json.ts';
import { digestText } from '../../notify/digest-text.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { listDigests, undeliveredDigests } from '../../store/digests.ts';
import type { Table } from '../../store/table.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainAlert, explanationText } from '../explain-alert.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption } from '../options.ts';
import { painter } from '../render/color.ts';
import { UserError } from '../user-error.ts';

interface AlertsOptions extends InventoryOptions {
  readonly since?: number;
  readonly pending?: true;
  readonly json?: true;
}

/** `notafter alerts`: every message that was sent, or is still waiting for a channel. */
export function configure(command: Command, context: CliContext): void {
  command
    .description('Shows the messages that were sent, oldest first, and which channels accepted them.')
    .argument('[explain]', 'the word explain: why one alert was sent')
    .argument('[id]', 'its id, or the code that a message names')
    .option('--since <duration>', 'only those of the last so much time', durationText)
    .option('--pending', 'only those that some channel has not accepted yet');
  addInventoryOptions(command);
  addJsonOption(command).action(
    async (word: string | undefined, id: string | undefined, options: AlertsOptions) => {
      context.finish(
        await (word === undefined ? alerts(options, context) : explain(word, id, options, context)),
      );
    },
  );
  endHelp(command, 'work', [
    ['notafter alerts --since 7d', 'what was said this week'],
    ['notafter alerts --pending', 'what is still to be delivered'],
    ['notafter alerts explain 3f9a04c1d2', 'the facts and the rule behind one alert'],
    ["notafter alerts --json | jq -r '.alerts[].message'", 'one line each'],
  ]);
}

function durationText(text: string): number {
  const parsed = parseDuration(text);
  if (typeof parsed !== 'number') throw new InvalidArgumentError(parsed.error);
  return parsed;
}

async function alerts(options: AlertsOptions, { stdout, stderr, now }: CliContext): Promise<ExitCode> {
  const inventory = await openInventory(options, 'read');
  try {
    const paint = painter(stdout.color);
    let shown = 0;
    for await (const digest of digests(inventory.table, options, now())) {
      if (digest.class === 'canary') continue;
      shown += 1;
      if (options.json) {
        await stdout.write(`${safeJson(digestJson(digest))}\n`);
        continue;
      }
      const [title = '', ...lines] = digestText(digest, {
        width: stdout.width,
        paint,
        commands: { options: whereOf(options) },
      });
      const head = `${formatInstant(digest.createdAt)}  ${title}  ${paint('faint', deliveries(digest))}`;
      await stdout.write(`${[head, ...lines].join('\n')}\n\n`);
    }
    if (shown === 0) await stderr.write('No messages.\n');
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

async function explain(
  word: string,
  id: string | undefined,
  options: AlertsOptions,
  { stdout }: CliContext,
): Promise<ExitCode> {
  if (word !== 'explain' || id === undefined) {
    throw new UserError(
      `got ${escapeForTerminal(word)}; wanted "notafter alerts" or "notafter alerts explain ID", where a message names the id.`,
    );
  }
  const inventory = await openInventory(options, 'read');
  try {
    const explanation = await explainAlert(inventory.table, id);
    const text = options.json ? safeJson(explanation) : explanationText(explanation).join('\n');
    await stdout.write(`${text}\n`);
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

/** What the commands that are named have to be told to find this inventory. */
function whereOf({ data, table }: AlertsOptions): string {
  if (table !== undefined) return ` --table ${table}`;
  const word = data === undefined ? undefined : shellCommand([data]);
  return word === undefined ? '' : ` --data ${word}`;
}

function digests(table: Table, { since, pending }: AlertsOptions, now: Date): AsyncIterable<Digest> {
  if (pending) return undeliveredDigests(table);
  return listDigests(table, since === undefined ? {} : { since: new Date(now.getTime() - since) });
}

function deliveries({ delivered, done }: Digest): string {
  const accepted = Object.keys(delivered);
  const waiting = done ? [] : ['not delivered everywhere yet'];
  return [...(accepted.length === 0 ? [] : [`accepted by ${accepted.join(', ')}`]), ...waiting].join('; ');
}
