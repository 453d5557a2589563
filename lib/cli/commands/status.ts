import type { Command } from 'commander';
import { reportLines } from '../../notify/report.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { readStatus } from '../../run/read-status.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption } from '../options.ts';

interface StatusOptions extends InventoryOptions {
  readonly json?: true;
}

/** `notafter status`: what is watched, and what is not. */
export function configure(command: Command, context: CliContext): void {
  command.description(
    'Says how much is watched and what cannot be seen, each with what to do about it: denied buckets, failing sources,\n' +
      'unreachable regions.',
  );
  addInventoryOptions(command);
  addJsonOption(command).action(async (options: StatusOptions) => {
    context.finish(await status(options, context));
  });
  endHelp(command, 'work', [
    ['notafter status --table NAME', 'of the monitor in an AWS account'],
    ['notafter status --json | jq .blind', 'blind spots for machines'],
  ]);
}

async function status(options: StatusOptions, { stdout }: CliContext): Promise<ExitCode> {
  const inventory = await openInventory(options, 'read');
  try {
    const result = await readStatus(inventory.table);
    const { sentence, targets, regions, watched, open, unobserved, blind, sources, lastRun } = result;
    await stdout.write(
      options.json
        ? `${safeJson({ type: 'status', sentence, targets, regions, watched, open, unobserved, blind, sources, lastRun: lastRun ?? null })}\n`
        : `${reportLines(result).join('\n')}\n`,
    );
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}
