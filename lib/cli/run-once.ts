import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { CONFIG_FILE, loadConfig } from '../config/load.ts';
import { policyOf } from '../config/policy-of.ts';
import { DEFAULT_PROBING, inquiriesFor } from '../config/probing.ts';
import { formatInstant, toInstant } from '../core/instant.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { escapeLine } from '../core/printable.ts';
import type { Channel } from '../notify/channel.ts';
import { digestJson } from '../notify/digest-json.ts';
import { safeJson } from '../notify/safe-json.ts';
import { terminalChannel } from '../notify/terminal.ts';
import { webhookChannel } from '../notify/webhook.ts';
import { type MonitorOptions, type MonitorResult, monitor } from '../run/monitor.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode, worseExit } from './exit-codes.ts';
import { type Inventory, type InventoryOptions, openInventory } from './inventory.ts';
import type { AddressAndPort } from './options.ts';
import { painter } from './render/color.ts';
import { type Progress, startProgress } from './render/progress.ts';
import { UserError } from './user-error.ts';

export interface RunOptions extends InventoryOptions {
  readonly config?: string;
  readonly every?: number;
  readonly all?: true;
  readonly exitOn?: 'warning' | 'critical';
  readonly clockWasAhead?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly concurrency: number;
  readonly timeout: number;
  readonly dns?: AddressAndPort;
}

/**
 * One cycle from the command line.
 *
 * @throws UserError, ConfigError, StoreError
 */
export async function runOnce(options: RunOptions, context: CliContext): Promise<ExitCode> {
  // First, so that a mistake in it leaves nothing behind.
  const config = await readConfig(options);
  if (config?.webhook?.secret !== undefined && !options.quiet) {
    await context.stderr.write(
      'The webhook of the configuration names a secret, which only a deployed monitor reads: this run calls no webhook (it takes url).\n',
    );
  }
  for (const fault of config?.fileFaults ?? []) await context.stderr.write(`notafter: ${fault}\n`);
  if (config === undefined && !options.quiet) {
    await context.stderr.write(
      `No ${CONFIG_FILE} here: looking at what the inventory lists, and telling only the terminal.\n`,
    );
  }
  const inventory = await openInventory(options, 'write');
  try {
    return await cycle(config, options, inventory, context);
  } finally {
    await inventory.close();
  }
}

async function cycle(
  config: Config | undefined,
  options: RunOptions,
  inventory: Inventory,
  context: CliContext,
): Promise<ExitCode> {
  const { stderr, signal, now } = context;
  let progress: Progress | undefined;
  let unlooked = 0;
  try {
    const result = await monitor({
      table: inventory.table,
      exclusive: inventory.exclusive,
      ...(config === undefined ? {} : { configured: config.targets, defaults: config.defaults }),
      policy: config === undefined ? DEFAULT_POLICY : policyOf({ ...config, ...config.alerts }),
      channels: channels(config, options, context),
      channelsComplete: config !== undefined,
      ...(config === undefined ? {} : { configPath: config.path }),
      clockWasAhead: options.clockWasAhead === true,
      collector: collectorOptions(config, options),
      all: options.all === true,
      now,
      signal,
      onPlan: (planned) => {
        unlooked = planned;
        if (!options.quiet) progress = startProgress(stderr, planned, 'looked at');
      },
      onLook: () => {
        progress?.advance();
        unlooked -= 1;
        // Messages follow: the bar must be gone before them.
        if (unlooked === 0) progress?.stop();
      },
    });
    if (result.run.targets === 0) {
      throw new UserError(
        `nothing is watched: name targets in ${CONFIG_FILE} ("notafter init" writes one) or add them with "notafter targets add".`,
      );
    }
    await report(result, inventory, options, context);
    const isWhole = result.failures.length === 0 && config?.fileFaults === undefined;
    return worseExit(isWhole ? EXIT.ok : EXIT.unknown, exitOn(result, options));
  } finally {
    progress?.stop();
  }
}

function collectorOptions(
  config: Config | undefined,
  { timeout, concurrency, dns }: RunOptions,
): MonitorOptions['collector'] {
  const perSecond = config?.connectionsPerSecond;
  return {
    timeoutMs: timeout,
    concurrency,
    ...(dns === undefined ? {} : { dns }),
    ...(perSecond === undefined ? {} : { perSecond }),
    // Who sits at the machine may reach whatever it reaches.
    egressGuard: config?.egressGuard ?? false,
    ...inquiriesFor(config ?? DEFAULT_PROBING),
  };
}

/** The configuration; undefined where none was named and none lies here. */
export async function readConfig({ config }: Pick<RunOptions, 'config'>): Promise<Config | undefined> {
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
  const { url, format = 'json', key } = config?.webhook ?? {};
  if (url === undefined) return [terminal];
  return [terminal, webhookChannel({ url, format, ...(key === undefined ? {} : { key }) })];
}

async function report(
  result: MonitorResult,
  inventory: Inventory,
  options: RunOptions,
  { stdout, stderr }: CliContext,
): Promise<void> {
  const { run, nextDueAt, failures } = result;
  for (const failure of failures) await stderr.write(`notafter: ${escapeLine(failure)}\n`);
  if (options.json) {
    const next = nextDueAt === null ? null : toInstant(nextDueAt);
    await stdout.write(`${safeJson({ type: 'run', ...run, nextDueAt: next })}\n`);
  }
  if (options.quiet) return;
  await stderr.write(`${summary(result)}\n`);
  if (nextDueAt !== null) {
    const hint = run.planned === 0 ? ' (--all looks now)' : '';
    const name = escapeLine(inventory.name);
    await stderr.write(`Next due ${formatInstant(toInstant(nextDueAt))}${hint}. Inventory: ${name}\n`);
  }
}

/** `5 targets: 5 observed, 0 not observable; 4 alerts in 3 messages.` */
function summary({ run, withdrawn, late }: MonitorResult): string {
  const gone = withdrawn === 0 ? '' : `, ${withdrawn} no longer watched`;
  const looked = run.planned === 0 ? 'none due' : `${run.observed} observed, ${run.failed} not observable`;
  const said =
    run.alerts === 0 ? 'nothing new' : `${count(run.alerts, 'alert')} in ${count(run.digests, 'message')}`;
  const kept = late === 0 ? '' : `; ${count(late, 'kept message')} delivered`;
  return `${count(run.targets, 'target')}${gone}: ${looked}; ${said}${kept}.`;
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
