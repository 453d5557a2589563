import type { Command } from 'commander';
import { CONFIG_FILE } from '../../config/load.ts';
import { policyOf } from '../../config/policy-of.ts';
import type { Alert, Digest } from '../../core/alert.ts';
import { certificatesBehind } from '../../core/content.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import { DEFAULT_POLICY, type Policy, UNATTENDED_WAITS } from '../../core/policy.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { type Renewal, simulate } from '../../core/simulate.ts';
import { simulatedDigests } from '../../core/simulated-delivery.ts';
import type { Subject } from '../../core/subject.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import { digestLines } from '../../notify/digest-lines.ts';
import { digestTitle } from '../../notify/digest-text.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { completed } from '../../run/completed.ts';
import { listAcknowledgements } from '../../store/acknowledgements.ts';
import { getCertificates } from '../../store/certificates.ts';
import { readContent } from '../../store/content.ts';
import { readTarget } from '../../store/read-target.ts';
import type { Table } from '../../store/table.ts';
import { listTargets } from '../../store/targets.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { addInventoryOptions, type InventoryOptions, openInventory } from '../inventory.ts';
import { addJsonOption, durationOption, instantOption } from '../options.ts';
import { startProgress } from '../render/progress.ts';
import { renewalsPerWeek, type Week } from '../renewals-per-week.ts';
import { readConfig } from '../run-once.ts';
import { UserError } from '../user-error.ts';

interface SimulateOptions extends InventoryOptions {
  readonly until: Date;
  readonly whatIfLifetime?: number;
  readonly config?: string;
  readonly json?: true;
}

const DAY = 86_400_000;

/** Certificates of today end within it, and beyond it nobody's list stays as it is. */
const LONGEST_MS = 10 * 366 * DAY;

/** `notafter simulate`: the engine over the real inventory, fast-forwarded. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Prints the messages that would go out until a date, to whom and when, and how many certificates come up for renewal each week (with a third of their lifetime left). Nothing is sent or stored. Without --what-if-lifetime nobody does anything; with it every leaf is renewed in time, by one of that lifetime, again and again.',
    )
    .requiredOption('--until <date>', 'where it ends (UTC)', instantOption)
    .option(
      '--what-if-lifetime <duration>',
      'renewed certificates live for this time',
      durationOption({ minMs: DAY, maxMs: 3_650 * DAY, example: '47d' }),
    )
    .option(
      '-c, --config <file>',
      'configuration: its policy, and its settings for targets that commands added',
    );
  addInventoryOptions(command);
  addJsonOption(command).action(async (options: SimulateOptions) => {
    context.finish(await run(options, context));
  });
  endHelp(command, 'work', [
    ['notafter simulate --until 2027-06-01', 'what comes if nobody does anything'],
    ['notafter simulate --until 2028-01-01 --what-if-lifetime 47d', 'the work that 47 days make'],
    ['notafter simulate --until 2027-06-01 --json | jq -r \'select(.type == "week")\'', 'the load as data'],
  ]);
}

async function run(options: SimulateOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, now, signal } = context;
  const from = now();
  const { until, whatIfLifetime } = options;
  if (until <= from || until.getTime() - from.getTime() > LONGEST_MS) {
    throw new UserError(`--until has to lie ahead, by ten years at most: got ${toInstant(until)}.`);
  }
  const config = await readConfig(options);
  if (config === undefined) {
    await stderr.write(
      `No ${CONFIG_FILE} here: simulating with the default policy (--config names another).\n`,
    );
  }
  const inventory = await openInventory(options, 'read');
  try {
    const { table } = inventory;
    const policy: Policy = {
      ...(config === undefined ? DEFAULT_POLICY : policyOf({ ...config, ...config.alerts })),
      // Where the monitor runs unattended, messages wait for each other.
      ...(inventory.exclusive ? {} : { waits: UNATTENDED_WAITS }),
    };
    const targets: Target[] = [];
    for await (const record of listTargets(table)) {
      if (record.withdrawnAt === undefined) targets.push(completed(record, config?.defaults).target);
    }
    const acknowledgements = await listAcknowledgements(table);
    const progress = startProgress(stderr, targets.length, 'simulated');
    const alerts: Alert[] = [];
    const renewals: Renewal[] = [];
    try {
      for (const target of targets) {
        signal.throwIfAborted();
        const { subject, ledger } = await known(table, target, policy, from);
        const result = simulate(subject, ledger, {
          from,
          until,
          policy,
          acknowledgements,
          ...(whatIfLifetime === undefined ? {} : { renewedLifetimeMs: whatIfLifetime }),
        });
        alerts.push(...result.alerts);
        renewals.push(...result.renewals.filter(({ at }) => at <= until));
        progress.advance();
      }
    } finally {
      progress.stop();
    }
    const digests = simulatedDigests(alerts);
    const weeks = renewalsPerWeek(renewals, from, until);
    await (options.json ? printJson : printText)(digests, weeks, options, targets.length, context);
    if (targets.length === 0) await stderr.write('Nothing is watched: there is nothing to simulate.\n');
    else if (!options.json && digests.length === 0) await stdout.write('No message until then.\n');
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

async function known(table: Table, target: Target, policy: Policy, now: Date) {
  const { content = null, state, ledger } = await readTarget(table, target.id);
  const facts = await getCertificates(table, certificatesBehind(content));
  const served =
    target.kind === 'endpoint' && target.serves !== undefined
      ? await readContent(table, target.serves)
      : undefined;
  const subject: Subject = {
    target,
    content,
    certificate: (fingerprint) => facts.get(fingerprint),
    failures: state?.failures ?? 0,
    ...(state?.failure === undefined ? {} : { failure: state.failure }),
    unreachableAfter: policy.unreachableAfter,
    switchedOn: policy.switchedOn,
    ...(served?.kind === 'acm' ? { served } : {}),
    now,
  };
  return { subject, ledger };
}

async function printJson(
  digests: readonly Digest[],
  weeks: readonly Week[],
  { until }: SimulateOptions,
  targets: number,
  { stdout }: CliContext,
): Promise<void> {
  for (const { createdAt: at, owner, severity, class: kind, alerts, omitted } of digests) {
    await stdout.write(
      `${safeJson({ type: 'message', at, owner, severity, class: kind, omitted, alerts })}\n`,
    );
  }
  for (const week of weeks) await stdout.write(`${safeJson({ type: 'week', ...week })}\n`);
  const total = { targets, messages: digests.length, until: toInstant(until) };
  await stdout.write(`${safeJson({ type: 'total', ...total })}\n`);
}

const LINES_SHOWN = 3;

async function printText(
  digests: readonly Digest[],
  weeks: readonly Week[],
  { until }: SimulateOptions,
  targets: number,
  { stdout }: CliContext,
): Promise<void> {
  for (const digest of digests) {
    const owner = digest.owner === null ? 'no owner' : escapeForTerminal(digest.owner);
    const lines = digestLines(digest);
    await stdout.write(
      [
        `${formatInstant(digest.createdAt)}  ${owner}: ${digestTitle(digest)}`,
        ...lines.slice(0, LINES_SHOWN).map(({ alert, targets: [first = '', ...others] }) => {
          const more = others.length === 0 ? '' : ` (+${others.length})`;
          return `    ${escapeForTerminal(targetLabel(first))}${more}: ${escapeForTerminal(alert.message, 300)}`;
        }),
        ...(lines.length > LINES_SHOWN ? [`    and ${lines.length - LINES_SHOWN} more lines`] : []),
        '',
      ].join('\n'),
    );
  }
  if (weeks.length > 0) {
    const busiest = Math.max(...weeks.map(({ renewals }) => renewals));
    await stdout.write(`\nRenewals per week (week from Monday):\n`);
    for (const { from, renewals, managed } of weeks) {
      const bar = '#'.repeat(Math.ceil((renewals / Math.max(1, busiest)) * 40));
      const own = managed === 0 ? '' : `, ${managed} of them by ACM itself`;
      await stdout.write(`  ${from}  ${`${String(renewals).padStart(5)} ${bar}${own}`.trimEnd()}\n`);
    }
  }
  const renewals = weeks.reduce((sum, week) => sum + week.renewals, 0);
  await stdout.write(
    `\n${targets} targets until ${formatInstant(toInstant(until))}: ${digests.length} messages, ${renewals} renewals.\n`,
  );
}
