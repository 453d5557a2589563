import { type Command, Option } from 'commander';
import { CONFIG_FILE } from '../../config/load.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions } from '../inventory.ts';
import { addJsonOption, addressOption, durationOption, integerOption, timeoutOption } from '../options.ts';
import { type RunOptions, runOnce } from '../run-once.ts';
import { runRepeatedly } from '../run-repeatedly.ts';
import { UserError } from '../user-error.ts';

/** `notafter run`: one monitoring cycle, or one after the other. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'One monitoring cycle over the configured targets: plan, probe, record, decide, deliver. Looks at what is due,\n' +
        'remembers it in the inventory and says what is news, each thing once. Run it as often as you like.',
    )
    .option('-c, --config <file>', `configuration (default: ${CONFIG_FILE}, where there is one)`)
    .option(
      '--every <duration>',
      'stay and run again after this time',
      durationOption({ minMs: 10_000, maxMs: 86_400_000, example: '1h' }),
    )
    .option('--all', 'look at every target now, due or not')
    .addOption(
      new Option(
        '--exit-on <severity>',
        'exit 1 or 2 while a finding of at least this severity is open',
      ).choices(['warning', 'critical']),
    )
    .option('--concurrency <n>', 'targets at the same time', integerOption(1, 10_000), 200)
    .addOption(timeoutOption('for one endpoint'))
    .option('--dns <address:port>', 'resolver to ask instead of the one of the system', addressOption(53));
  command
    .option('-q, --quiet', 'say on standard error only what went wrong')
    .option(
      '--clock-was-ahead',
      'a run was made with a clock that was ahead: take back what it saw and said',
    );
  addInventoryOptions(command);
  addJsonOption(command).action(async (options: RunOptions) => {
    context.finish(await run(options, context));
  });
  endHelp(command, 'run', [
    ['notafter run', 'one cycle; repeat it from cron'],
    ['notafter run --every 1h', 'stay running'],
    ['notafter run --config prod.yaml --data ./inventory', 'elsewhere'],
    ['notafter run --table notafter --exit-on critical', 'on a shared DynamoDB table'],
  ]);
}

async function run(options: RunOptions, context: CliContext): Promise<ExitCode> {
  if (options.every === undefined) return runOnce(options, context);
  if (options.exitOn !== undefined) {
    throw new UserError(
      '--every and --exit-on exclude each other: what stays running has no exit code to give.',
    );
  }
  return runRepeatedly(options.every, options, context);
}
