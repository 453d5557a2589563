import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { TargetRecord } from '../core/inventory.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { targetLabel } from '../core/target.ts';
import { safeJson } from '../notify/safe-json.ts';
import { holdLease } from '../run/hold-lease.ts';
import { withdrawTarget } from '../run/withdraw-target.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { demandTarget } from './find-target.ts';
import { openInventory } from './inventory.ts';
import { UserError } from './user-error.ts';
import type { ListTargetsOptions } from './watch-list.ts';

/** `targets remove`. What the configuration names can only be removed there. */
export async function removeTargets(
  texts: readonly string[],
  options: ListTargetsOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, stderr, now } = context;
  const inventory = await openInventory(options, 'read');
  // A run that looked at a target before it was removed would write it down afterwards.
  const lease = inventory.exclusive
    ? undefined
    : await holdLease(inventory.table, `targets-remove-${randomUUID()}`, now);
  try {
    const records: TargetRecord[] = [];
    for (const text of texts) {
      const { record } = await demandTarget(inventory.table, text);
      if (record.origin === 'config' && record.withdrawnAt === undefined && (await isThere(record.config))) {
        throw new UserError(
          `${escapeForTerminal(text)} is named by ${escapeForTerminal(record.config ?? 'the configuration')}: remove it there, and the next run withdraws it.`,
        );
      }
      records.push(record);
    }
    for (const record of records) {
      const gone = record.withdrawnAt !== undefined;
      if (!gone) await withdrawTarget(inventory.table, record, DEFAULT_POLICY, now());
      const outcome = gone ? 'unchanged' : 'removed';
      if (options.json) await stdout.write(`${safeJson({ target: record.target.id, outcome })}\n`);
      else
        await stderr.write(
          `${gone ? 'was not watched any more' : 'no longer watched'}: ${escapeForTerminal(targetLabel(record.target.id))}\n`,
        );
    }
    return EXIT.ok;
  } finally {
    await lease?.release();
    await inventory.close();
  }
}

/** A configuration file that was moved or deleted keeps nothing on the list. */
async function isThere(config: string | undefined): Promise<boolean> {
  // A stack cannot be looked up from here; only a deployment takes its targets off the list.
  if (config === undefined || config.startsWith('stack:')) return true;
  return stat(config).then(
    () => true,
    () => false,
  );
}
