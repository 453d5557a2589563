import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { type Severity, severityRank } from '../../core/severity.ts';
import type { TargetKind } from '../../core/target.ts';
import { TARGET_KINDS } from '../../store/targets.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { type InventoryRow, inventoryRows, SORT_ORDERS, type SortOrder } from '../inventory-rows.ts';
import { addJsonOption } from '../options.ts';
import { painter } from '../render/color.ts';
import { inventoryRowJson, inventoryTable } from '../render/inventory-table.ts';

interface ListOptions extends InventoryOptions {
  readonly expiringWithin?: number;
  readonly owner?: string;
  readonly kind?: TargetKind;
  readonly severity?: Severity;
  readonly sort: SortOrder;
  readonly json?: true;
}

/** `notafter list`: every certificate in the inventory and where it is seen. */
export function configure(command: Command, context: CliContext): void {
  command
    .description('Lists every certificate in the inventory, once for each target that it is seen at.')
    .option(
      '--expiring-within <duration>',
      'only what expires within this time, or has expired',
      durationText,
    )
    .option('--owner <name>', 'only what belongs to this owner (- for what belongs to nobody)')
    .addOption(new Option('--kind <kind>', 'only this kind of target').choices([...TARGET_KINDS]))
    .addOption(
      new Option('--severity <severity>', 'only with an open finding of at least this severity').choices([
        'info',
        'warning',
        'critical',
      ]),
    )
    .addOption(new Option('--sort <order>', 'order of the rows').choices([...SORT_ORDERS]).default('expiry'));
  addInventoryOptions(command);
  addJsonOption(command).action(async (options: ListOptions) => {
    context.finish(await list(options, context));
  });
  endHelp(command, 'work', [
    ['notafter list --expiring-within 30d', 'what comes up this month'],
    ['notafter list --severity warning --sort owner', 'what is wrong, by owner'],
    ['notafter list --json | jq -r .fingerprint | sort -u', 'every certificate once'],
  ]);
}

function durationText(text: string): number {
  const parsed = parseDuration(text);
  if (typeof parsed !== 'number') throw new InvalidArgumentError(parsed.error);
  return parsed;
}

async function list(options: ListOptions, { stdout, stderr, now }: CliContext): Promise<ExitCode> {
  const inventory = await openInventory(options, 'read');
  try {
    const at = now();
    const owner = options.owner === '-' ? null : options.owner;
    const rows = await inventoryRows(inventory.table, {
      ...(options.expiringWithin === undefined
        ? {}
        : { before: new Date(at.getTime() + options.expiringWithin) }),
      ...(owner === undefined ? {} : { owner }),
      ...(options.kind === undefined ? {} : { kind: options.kind }),
      sort: options.sort,
    });
    const shown = rows.filter((row) => atLeast(row, options.severity));
    if (options.json) {
      for (const row of shown) await stdout.write(`${inventoryRowJson(row, at)}\n`);
    } else if (shown.length > 0) {
      await stdout.write(inventoryTable(shown, at, { width: stdout.width, paint: painter(stdout.color) }));
    } else {
      await stderr.write(
        rows.length === 0 ? 'Nothing in the inventory matches.\n' : 'No open finding is that severe.\n',
      );
    }
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

function atLeast(row: InventoryRow, floor: Severity | undefined): boolean {
  return (
    floor === undefined || row.findings.some(({ severity }) => severityRank(severity) >= severityRank(floor))
  );
}
