import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EndpointTextOptions, parseEndpoint } from '../config/endpoint-text.ts';
import { settingsOf, withSettings } from '../config/settings.ts';
import { parseTargetLines, withoutContradictions } from '../config/target-lines.ts';
import { toInstant } from '../core/instant.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { isRejected, quoted } from '../core/rejected.ts';
import { bundleTargetId, endpointTargetId, type Target, targetLabel } from '../core/target.ts';
import { safeJson } from '../notify/safe-json.ts';
import { noteDue } from '../store/due.ts';
import type { Table } from '../store/table.ts';
import { getTarget, putTarget } from '../store/targets.ts';
import { addedSettings } from './added-settings.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type InventoryOptions, openInventory } from './inventory.ts';
import { readText } from './read-text.ts';
import { UserError } from './user-error.ts';

export interface ListTargetsOptions extends InventoryOptions {
  readonly json?: true;
}

export interface AddOptions extends ListTargetsOptions, EndpointTextOptions {
  readonly owner?: string;
  readonly tag?: readonly string[];
  readonly every?: number;
  readonly ca?: string;
  readonly truststore?: readonly string[];
  readonly file?: readonly string[];
}

const FILE_NAME = /\.(?:pem|crt|cer|der)$/i;

/** What became of one target that was to be added. */
type Outcome = 'added' | 'changed' | 'unchanged' | 'in-config';

/** `targets add`. All or nothing: one that is malformed stops the command before anything is written. */
export async function addTargets(
  endpoints: readonly string[],
  options: AddOptions,
  context: CliContext,
): Promise<ExitCode> {
  const settings = await addedSettings(options);
  const problems: string[] = [];
  const targets: Target[] = [];
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text, options);
    // `--truststore *.pem` names one truststore; what the shell puts behind it would be watched as hosts.
    if (FILE_NAME.test(text))
      problems.push(`target ${quoted(text)} looks like a file; write --truststore or --file before each one`);
    else if (isRejected(endpoint)) problems.push(endpoint.error);
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
  const settings = await addedSettings(options);
  const text = await readText(file, 'the list of targets', context.stdin);
  const list = withoutContradictions(parseTargetLines(text, options));
  const name = file === '-' ? 'standard input' : escapeForTerminal(file);
  for (const { line, message } of list.problems) {
    await context.stderr.write(`notafter: ${name}, line ${line}: ${escapeForTerminal(message, 600)}\n`);
  }
  const untold = list.problemCount - list.problems.length;
  if (untold > 0) await context.stderr.write(`notafter: ${name}: ${untold} more lines cannot be used\n`);
  if (list.targets.length === 0) throw new UserError(`${name} names no targets.`);
  const code = await store(
    list.targets.map(({ target }) => withSettings(target, settings)),
    options,
    context,
  );
  return list.problemCount > 0 ? EXIT.unknown : code;
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
      // A deployed monitor does not read the whole list: it has to be told what is new.
      if (!inventory.exclusive && target.kind === 'endpoint' && outcome !== 'unchanged') {
        await noteDue(inventory.table, [{ target: target.id }], now());
      }
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

/**
 * Writes one definition. What it does not say stays as an earlier command said it, so that naming a target again never
 * takes its owner away. A target that was removed begins anew.
 */
async function storeOne(table: Table, named: Target, now: Date): Promise<Outcome> {
  const known = await getTarget(table, named.id);
  if (known === undefined || known.withdrawnAt !== undefined) {
    await putTarget(table, { target: named, origin: 'command', addedAt: toInstant(now) });
    return 'added';
  }
  const earlier = known.origin === 'config' ? known.behind : known.target;
  const target = earlier === undefined ? named : withSettings(named, settingsOf(earlier));
  if (known.origin === 'config') {
    // It comes into force when the configuration no longer names the target.
    await putTarget(table, { ...known, behind: target });
    return 'in-config';
  }
  if (isDeepStrictEqual(known.target, target)) return 'unchanged';
  await putTarget(table, { target, origin: 'command', addedAt: known.addedAt });
  return 'changed';
}
