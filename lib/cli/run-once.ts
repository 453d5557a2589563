import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { CONFIG_FILE, loadConfig } from '../config/load.ts';
import { formatInstant, toInstant } from '../core/instant.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { escapeLine } from '../core/printable.ts';
import type { Channel } from '../notify/channel.ts';
import { digestJson } from '../notify/digest-json.ts';
import { terminalChannel } from '../notify/terminal.ts';
import { webhookChannel } from '../notify/webhook.ts';
import type { CycleResult } from '../run/cycle.ts';
import { monitor } from '../run/monitor.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode, worseExit } from './exit-codes.ts';
import { type Inventory, type InventoryOptions, openInventory } from './inventory.ts';
import type { AddressAndPort } from './options.ts';
import { painter } from './render/color.ts';
import { safeJson } from './render/json.ts';
import { type Progress, startProgress } from './render/progress.ts';
import { UserError } from './user-error.ts';

export interface RunOptions extends InventoryOptions {
  readonly config?: string;
  readonly every?: number;
  readonly all?: true;
  readonly exitOn?: 'warning' | 'critical';
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
        unlooked = planned;
        progress = startProgress(stderr, planned, 'looked at');
      },
      onLook: () => {
        progress?.advance();
        unlooked -= 1;
        // Messages follow: the bar must be gone before them.
        if (unlooked === 0) progress?.stop();
      },
    });
    await report(result, inventory, options, context);
    if (result.run.targets === 0) {
      throw new UserError(
        `nothing is watched: name targets in ${CONFIG_FILE} ("notafter init" writes one) or add them with "notafter targets add".`,
      );
    }
    return worseExit(result.failures.length > 0 ? EXIT.unknown : EXIT.ok, exitOn(result, options));
  } finally {
    progress?.stop();
  }
}

function dns({ dns: server }: RunOptions) {
  return server === undefined ? {} : { dns: server };
}

/** The configuration; undefined where none was named and none lies here. */
export async function readConfig({ config }: RunOptions): Promise<Config | undefined> {
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
