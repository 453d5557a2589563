import type { Command } from 'commander';
import { escapeForTerminal } from '../../core/printable.ts';
import type { HistoryEvent } from '../../core/state.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { listHistory } from '../../store/history.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { demandTarget } from '../find-target.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption, integerOption } from '../options.ts';
import { painter } from '../render/color.ts';
import { renderTable } from '../render/table.ts';
import { instantText } from '../render/time.ts';

interface HistoryOptions extends InventoryOptions {
  readonly limit: number;
  readonly json?: true;
}

/** `notafter history`: what a target served, and when it changed. */
export function configure(command: Command, context: CliContext): void {
  command
    .description('Shows what a target held and when that changed, newest first.')
    .argument('<target>', 'an endpoint, a path, or a name as the lists print it')
    .option('--limit <n>', 'at most so many events', integerOption(1, 100_000), 50);
  addInventoryOptions(command);
  addJsonOption(command).action(async (text: string, options: HistoryOptions) => {
    context.finish(await history(text, options, context));
  });
  endHelp(command, 'work', [
    ['notafter history api.example.com', 'the last fifty changes'],
    ['notafter history /etc/mtls/truststore.pem --json', 'for machines'],
  ]);
}

async function history(text: string, options: HistoryOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context;
  const inventory = await openInventory(options, 'read');
  try {
    const { record } = await demandTarget(inventory.table, text);
    const events: HistoryEvent[] = [];
    for await (const event of listHistory(inventory.table, record.target.id, {
      newestFirst: true,
      limit: options.limit,
    })) {
      if (options.json) await stdout.write(`${eventJson(event)}\n`);
      else events.push(event);
    }
    if (events.length > 0) {
      // Never cut: what went is as important as what came.
      const layout = { width: Number.POSITIVE_INFINITY, paint: painter(stdout.color) };
      const rows = events.map((event) => [
        { text: instantText(event.at) },
        { text: event.event.replace('_', ' ') },
        { text: escapeForTerminal(event.summary, 1_000) },
      ]);
      await stdout.write(renderTable(['WHEN', 'WHAT', 'DETAIL'], rows, layout));
    } else if (!options.json) {
      await stderr.write('Nothing was seen of it yet.\n');
    }
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

function eventJson({ target, at, event, certificates, summary }: HistoryEvent): string {
  return safeJson({ target, at, event, certificates, summary });
}
