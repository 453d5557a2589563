import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { parseEndpoint } from '../config/endpoint-text.ts';
import { ownerFault, tagFault } from '../config/labels.ts';
import { type Settings, withSettings } from '../config/settings.ts';
import { parseTargetLines } from '../config/target-lines.ts';
import { toInstant } from '../core/instant.ts';
import type { TargetRecord } from '../core/inventory.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { isRejected, quoted } from '../core/rejected.ts';
import { bundleTargetId, endpointTargetId, type Target, targetLabel } from '../core/target.ts';
import { holdLease } from '../run/hold-lease.ts';
import { withdrawTarget } from '../run/withdraw-target.ts';
import type { Table } from '../store/table.ts';
import { getTarget, putTarget } from '../store/targets.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { demandTarget } from './find-target.ts';
import { type InventoryOptions, openInventory } from './inventory.ts';
import { readText } from './read-text.ts';
import { safeJson } from './render/json.ts';
import { UserError } from './user-error.ts';

export interface ListTargetsOptions extends InventoryOptions {
  readonly json?: true;
}

export interface AddOptions extends ListTargetsOptions {
  readonly owner?: string;
  readonly tag?: readonly string[];
  readonly every?: number;
  readonly serverName?: string;
  readonly ca?: string;
  readonly truststore?: readonly string[];
  readonly file?: readonly string[];
}

/** What became of one target that was to be added. */
type Outcome = 'added' | 'changed' | 'unchanged' | 'in-config';

/** `targets add`. All or nothing: one that is malformed stops the command before anything is written. */
export async function addTargets(
  endpoints: readonly string[],
  options: AddOptions,
  context: CliContext,
): Promise<ExitCode> {
  const settings = settingsOf(options);
  const problems: string[] = [];
  const targets: Target[] = [];
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text, { serverName: options.serverName });
    if (isRejected(endpoint)) problems.push(`target ${endpoint.error}`);
    else targets.push({ id: endpointTargetId(endpoint), kind: 'endpoint', owner: null, tags: {}, endpoint });
  }
  for (const kind of ['truststore', 'file'] as const) {
    for (const path of options[kind] ?? []) {
      const absolute = resolve(path);
      targets.push({ id: bundleTargetId(kind, absolute), kind, owner: null, tags: {}, path: absolute });
    }
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  if (targets.length === 0)
    throw new UserError('nothing to add: name endpoints, or files with --truststore or --file.');
  return store(
    targets.map((target) => withSettings(target, settings)),
    options,
    context,
  );
}

/** `targets import`. A bad line never costs the good ones. */
export async function importTargets(
  file: string,
  options: AddOptions,
  context: CliContext,
): Promise<ExitCode> {
  const settings = settingsOf(options);
  const list = parseTargetLines(await readText(file, 'the list of targets', context.stdin));
  const name = file === '-' ? 'standard input' : escapeForTerminal(file);
  for (const { line, message } of list.problems) {
    await context.stderr.write(`notafter: ${name}, line ${line}: ${escapeForTerminal(message, 600)}\n`);
  }
  if (list.targets.length === 0) throw new UserError(`${name} names no targets.`);
  const code = await store(
    list.targets.map(({ target }) => withSettings(target, settings)),
    options,
    context,
  );
  return list.problemCount > 0 ? EXIT.unknown : code;
}

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
      if (record.origin === 'config' && record.withdrawnAt === undefined) {
        throw new UserError(
          `${escapeForTerminal(text)} is named by the configuration: remove it there, and the next run withdraws it.`,
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

async function store(
  targets: readonly Target[],
  options: AddOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, stderr, now } = context;
  const inventory = await openInventory(options, 'write');
  try {
    const counts = new Map<Outcome, number>();
    for (const target of targets) {
      const outcome = await storeOne(inventory.table, target, now());
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (options.json) await stdout.write(`${safeJson({ target: target.id, outcome })}\n`);
      else if (outcome === 'in-config') {
        await stderr.write(
          `${escapeForTerminal(targetLabel(target.id))}: the configuration names it already, and wins\n`,
        );
      }
    }
    const parts = [...counts].map(
      ([outcome, count]) => `${count} ${outcome === 'in-config' ? 'left to the configuration' : outcome}`,
    );
    if (!options.json) await stderr.write(`${parts.join(', ')}. Inventory: ${inventory.name}\n`);
    return EXIT.ok;
  } finally {
    await inventory.close();
  }
}

async function storeOne(table: Table, target: Target, now: Date): Promise<Outcome> {
  const known = await getTarget(table, target.id);
  const watched = known !== undefined && known.withdrawnAt === undefined;
  if (watched && known.origin === 'config') {
    // It comes into force when the configuration no longer names the target.
    await putTarget(table, { ...known, behind: target });
    return 'in-config';
  }
  if (watched && JSON.stringify(known.target) === JSON.stringify(target)) return 'unchanged';
  await putTarget(table, { target, origin: 'command', addedAt: watched ? known.addedAt : toInstant(now) });
  return watched ? 'changed' : 'added';
}

function settingsOf({ owner, tag = [], every, ca }: AddOptions): Settings {
  const faults: string[] = [];
  if (owner !== undefined) faults.push(...faultOf(ownerFault(owner)));
  const tags: Record<string, string> = {};
  for (const text of tag) {
    const cut = text.indexOf('=');
    if (cut < 1) faults.push(`--tag ${quoted(text)}: wanted key=value, such as team=payments`);
    else tags[text.slice(0, cut)] = text.slice(cut + 1);
  }
  faults.push(...faultOf(tagFault(tags)));
  if (faults.length > 0) throw new UserError(faults.join('\n'));
  return {
    ...(owner === undefined ? {} : { owner }),
    tags,
    ...(every === undefined ? {} : { everyMs: every }),
    ...(ca === undefined ? {} : { ca: resolve(ca) }),
  };
}

function faultOf(fault: string | undefined): string[] {
  return fault === undefined ? [] : [fault];
}
