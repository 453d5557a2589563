import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Config } from '../../config/config.ts';
import { CONFIG_FILE, loadConfig } from '../../config/load.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import { DEFAULT_POLICY } from '../../core/policy.ts';
import { escapeLine } from '../../core/printable.ts';
import type { Channel } from '../../notify/channel.ts';
import { digestJson } from '../../notify/digest-json.ts';
import { terminalChannel } from '../../notify/terminal.ts';
import { webhookChannel } from '../../notify/webhook.ts';
import type { CycleResult } from '../../run/cycle.ts';
import { monitor } from '../../run/monitor.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode, worseExit } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type Inventory, type InventoryOptions, openInventory } from '../inventory.ts';
import {
  type AddressAndPort,
  addJsonOption,
  addressOption,
  durationOption,
  integerOption,
} from '../options.ts';
import { painter } from '../render/color.ts';
import { safeJson } from '../render/json.ts';
import { startProgress } from '../render/progress.ts';
import { UserError } from '../user-error.ts';

interface RunOptions extends InventoryOptions {
  readonly config?: string;
  readonly every?: number;
  readonly all?: true;
  readonly exitOn?: 'warning' | 'critical';
  readonly json?: true;
  readonly concurrency: number;
  readonly timeout: number;
  readonly dns?: AddressAndPort;
}

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
      durationOption({ minMs: 10_000, maxMs: 86_400_000 }),
    )
    .option('--all', 'look at every target now, due or not')
    .addOption(
      new Option(
        '--exit-on <severity>',
        'exit 1 or 2 while a finding of at least this severity is open',
      ).choices(['warning', 'critical']),
    )
    .option('--concurrency <n>', 'targets at the same time', integerOption(1, 10_000), 200)
    .option(
      '--timeout <duration>',
      'for one endpoint',
      durationOption({ minMs: 1_000, maxMs: 600_000 }),
      10_000,
    )
    .option('--dns <address:port>', 'resolver to ask instead of the one of the system', addressOption(53));
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
  if (options.every !== undefined && options.exitOn !== undefined) {
    throw new UserError(
      '--every and --exit-on exclude each other: what stays running has no exit code to give.',
    );
  }
  const inventory = await openInventory(options, 'write');
  try {
    if (options.every === undefined) return await once(options, inventory, context);
    return await repeat(options.every, options, inventory, context);
  } finally {
    await inventory.close();
  }
}

/** Cycle after cycle until a signal comes. A cycle that fails is said and followed by the next one. */
async function repeat(
  everyMs: number,
  options: RunOptions,
  inventory: Inventory,
  context: CliContext,
): Promise<ExitCode> {
  const { stderr, signal } = context;
  // A mistake in the configuration is better heard at once than in an hour's log.
  await readConfig(options);
  while (!signal.aborted) {
    try {
      await once(options, inventory, context);
    } catch (error) {
      if (signal.aborted) break;
      const lines = (error instanceof Error ? error.message : String(error)).split('\n').map(escapeLine);
      await stderr.write(`notafter: this cycle failed: ${lines.join('\n  ')}\n`);
    }
    await pause(everyMs, signal);
  }
  return EXIT.ok;
}

async function once(options: RunOptions, inventory: Inventory, context: CliContext): Promise<ExitCode> {
  const { stderr, signal, now } = context;
  // Read anew every time: a target that was added to the file is watched from the next cycle on.
  const config = await readConfig(options);
  let progress = startProgress(stderr, 0, 'looked at');
  try {
    const result = await monitor({
      table: inventory.table,
      exclusive: inventory.exclusive,
      ...(config === undefined ? {} : { configured: config.targets, defaults: config.defaults }),
      policy: {
        ...DEFAULT_POLICY,
        ...(config === undefined ? {} : { unreachableAfter: config.unreachableAfter }),
      },
      channels: channels(config, options, context),
      collector: { timeoutMs: options.timeout, concurrency: options.concurrency, ...dns(options) },
      all: options.all === true,
      now,
      signal,
      onPlan: (planned) => {
        progress = startProgress(stderr, planned, 'looked at');
      },
      onLook: () => progress.advance(),
    });
    progress.stop();
    await report(result, inventory, options, context);
    return worseExit(result.failures.length > 0 ? EXIT.unknown : EXIT.ok, exitOn(result, options));
  } finally {
    progress.stop();
  }
}

function dns({ dns: server }: RunOptions) {
  return server === undefined ? {} : { dns: server };
}

/** The configuration; undefined where none was named and none lies here. */
async function readConfig({ config }: RunOptions): Promise<Config | undefined> {
  if (config !== undefined) return loadConfig(config);
  const there = await stat(CONFIG_FILE).catch(() => undefined);
  return there === undefined ? undefined : loadConfig(CONFIG_FILE);
}

function channels(
  config: Config | undefined,
  options: RunOptions,
  { stdout }: CliContext,
): readonly Channel[] {
  const terminal: Channel = options.json
    ? {
        name: 'terminal',
        deliver: async (digest) =>
          await stdout.write(`${safeJson({ type: 'digest', ...digestJson(digest) })}\n`),
      }
    : terminalChannel((text) => stdout.write(text), { width: stdout.width, paint: painter(stdout.color) });
  return config?.webhook === undefined ? [terminal] : [terminal, webhookChannel({ url: config.webhook.url })];
}

async function report(
  { run, nextDueAt, withdrawn, failures }: CycleResult & { readonly withdrawn: number },
  inventory: Inventory,
  options: RunOptions,
  { stdout, stderr }: CliContext,
): Promise<void> {
  for (const failure of failures)
    await stderr.write(`notafter: not delivered, kept for the next run: ${escapeLine(failure)}\n`);
  if (options.json)
    await stdout.write(
      `${safeJson({ type: 'run', ...run, nextDueAt: nextDueAt === null ? null : toInstant(nextDueAt) })}\n`,
    );
  const gone = withdrawn === 0 ? '' : `, ${withdrawn} no longer watched`;
  const looked = run.planned === 0 ? 'none due' : `${run.observed} observed, ${run.failed} not observable`;
  const said =
    run.alerts === 0 ? 'nothing new' : `${count(run.alerts, 'alert')} in ${count(run.digests, 'message')}`;
  await stderr.write(`${count(run.targets, 'target')}${gone}: ${looked}; ${said}.\n`);
  if (nextDueAt !== null) {
    const hint = run.planned === 0 ? ' (--all looks now)' : '';
    await stderr.write(
      `Next due ${formatInstant(toInstant(nextDueAt))}${hint}. Inventory: ${inventory.name}\n`,
    );
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function exitOn(
  { openSeverity }: { readonly openSeverity: 'info' | 'warning' | 'critical' | null },
  { exitOn: floor }: RunOptions,
): ExitCode {
  if (floor === undefined) return EXIT.ok;
  if (openSeverity === 'critical') return EXIT.critical;
  return openSeverity === 'warning' && floor === 'warning' ? EXIT.warning : EXIT.ok;
}

/** Sleeps, or wakes up at once where the process is told to stop. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
