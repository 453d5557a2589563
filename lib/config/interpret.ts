import type * as z from 'zod';
import type { ThresholdOverrides } from '../core/ladder.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import type { Reach } from '../core/reach.ts';
import { quoted } from '../core/rejected.ts';
import { type Target, targetLabel } from '../core/target.ts';
import { type Checker, createChecker } from './check.ts';
import type { Config } from './config.ts';
import { DEFAULT_DEPLOYMENT, type Deployment } from './deployment.ts';
import { alertsSchema, awsSchema, networksSchema, stackSchema } from './deployment-schema.ts';
import { DEFAULT_PROBING, probingOf } from './probing.ts';
import type { ConfigProblem } from './problem.ts';
import { type ReachFields, readReach } from './reach-schema.ts';
import { findInversion } from './rung-order.ts';
import { groupSchema, kindsSchema, ownershipSchema, rootSchema, webhookSchema } from './schema.ts';
import {
  type Defaults,
  mergeSettings,
  mergeThresholds,
  type Settings,
  withDefaults,
  withSettings,
} from './settings.ts';
import { suggest } from './suggest.ts';
import { readTargetEntry } from './target-entry.ts';
import type { ValuePath, YamlTree } from './yaml-tree.ts';

export interface InterpretOptions {
  /** Absolute path of the file. */
  readonly path: string;
  /** What relative paths are relative to. */
  readonly directory: string;
  /** Where `${NAME}` comes from. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Files that the document relies on, by their absolute paths, and where it names them. */
interface NamedFiles extends Pick<Reach, 'ca' | 'client'> {
  /** Of what the settings of the files stand in. */
  readonly path: ValuePath;
}

export interface Interpretation {
  /** To be used only where there are no problems. */
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Every `ca` and client certificate, in no particular order. Whether they are usable is for those to find out who may read. */
  readonly files: readonly NamedFiles[];
  /** Adds a problem with the value at a path to `problems`. */
  readonly report: Checker['report'];
}

/** What a document means. Pure: no file that it names is looked at. */
export function interpret(tree: YamlTree, options: InterpretOptions): Interpretation {
  const checker = createChecker(tree);
  const files: NamedFiles[] = [];
  const note = ({ ca, client }: Pick<Reach, 'ca' | 'client'>, path: ValuePath) => {
    files.push({ path, ...(ca === undefined ? {} : { ca }), ...(client === undefined ? {} : { client }) });
  };
  const root = checker.check(rootSchema, tree.value, []) ?? {};
  const common = readSettings(root, [], {}, options.directory, checker);
  note(common, []);
  const defaults: Defaults = {
    ...common,
    ...readKinds(root.kinds, common, options.directory, checker),
    ...readOwnership(root.ownership, checker),
  };

  const targets = new Map<string, { readonly target: Target; readonly path: ValuePath }>();
  const add = (entries: readonly unknown[], listPath: ValuePath, around: Settings) => {
    for (const [index, entry] of entries.entries()) {
      const path = [...listPath, index];
      const target = readTargetEntry(entry, path, options.directory, checker);
      if (target === undefined) continue;
      if (target.kind === 'endpoint') note(target, path);
      const kind = mergeSettings(defaults.kinds?.[target.kind] ?? {}, around);
      checkRungs(target.thresholds, mergeSettings(common, kind).thresholds, path, checker);
      const twin = targets.get(target.id);
      if (twin === undefined)
        targets.set(target.id, { target: withDefaults(withSettings(target, around), defaults), path });
      else
        checker.report(
          path,
          `${targetLabel(target.id)} is already a target on line ${checker.lineOf(twin.path)}; wanted it once`,
        );
    }
  };
  for (const [index, entry] of (root.groups ?? []).entries()) {
    const path = ['groups', index];
    const group = checker.check(groupSchema, entry, path);
    if (group === undefined) continue;
    const settings = readSettings(group, path, common, options.directory, checker);
    note(settings, path);
    add(group.targets, [...path, 'targets'], settings);
  }
  add(root.targets ?? [], ['targets'], {});

  const webhook =
    root.webhook === undefined
      ? undefined
      : checker.check(webhookSchema(options.env), root.webhook, ['webhook']);
  const deployment = readDeployment(root, checker);
  demandNetworks(deployment, [...targets.values()], checker);
  const config: Config = {
    ...deployment,
    ...probingOf({ ...DEFAULT_PROBING, ...root }),
    path: options.path,
    targets: [...targets.values()].map(({ target }) => target),
    defaults,
    unreachableAfter: root.unreachableAfter ?? DEFAULT_POLICY.unreachableAfter,
    ...(webhook === undefined ? {} : { webhook }),
  };
  return { config, problems: checker.problems, files, report: checker.report };
}

function readKinds(
  value: unknown,
  around: Settings,
  directory: string,
  checker: Checker,
): Pick<Defaults, 'kinds'> {
  const read = value === undefined ? undefined : checker.check(kindsSchema, value, ['kinds']);
  if (read === undefined) return {};
  const kinds = Object.entries(read).map(([kind, fields]) => [
    kind,
    readSettings(fields, ['kinds', kind], around, directory, checker),
  ]);
  return { kinds: Object.fromEntries(kinds) as NonNullable<Defaults['kinds']> };
}

function readOwnership(
  entries: readonly unknown[] | undefined,
  checker: Checker,
): Pick<Defaults, 'ownership'> {
  if (entries === undefined) return {};
  const rules = entries.map((entry, index) => checker.check(ownershipSchema, entry, ['ownership', index]));
  return { ownership: rules.filter((rule) => rule !== undefined) };
}

type SharedFields = Pick<Settings, 'owner' | 'tags' | 'thresholds'> &
  ReachFields & { readonly every?: number };

function readSettings(
  { owner, tags, thresholds, every, ...reach }: SharedFields,
  path: ValuePath,
  around: Settings,
  directory: string,
  checker: Checker,
): Settings {
  checkRungs(thresholds, around.thresholds, path, checker);
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(tags === undefined ? {} : { tags }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(every === undefined ? {} : { everyMs: every }),
    ...readReach(reach, directory),
  };
}

function checkRungs(
  own: ThresholdOverrides | undefined,
  around: ThresholdOverrides | undefined,
  path: ValuePath,
  checker: Checker,
): void {
  if (own === undefined) return;
  for (const column of ['leaf', 'ca'] as const) {
    const inversion = findInversion(column, own, mergeThresholds(around, own) ?? own);
    if (inversion === undefined) continue;
    checker.report([...path, 'thresholds', column, inversion.rung], inversion.message);
  }
}

type DeploymentFields = Partial<Readonly<Record<'alerts' | 'networks' | 'aws' | 'stack', unknown>>>;

function readDeployment(root: DeploymentFields, checker: Checker): Deployment {
  const read = <T>(name: keyof DeploymentFields, schema: z.ZodType<T>, otherwise: T): T =>
    root[name] === undefined ? otherwise : (checker.check(schema, root[name], [name]) ?? otherwise);
  return {
    alerts: read('alerts', alertsSchema, DEFAULT_DEPLOYMENT.alerts),
    networks: read('networks', networksSchema, DEFAULT_DEPLOYMENT.networks),
    aws: read('aws', awsSchema, DEFAULT_DEPLOYMENT.aws),
    stack: read('stack', stackSchema, DEFAULT_DEPLOYMENT.stack),
  };
}

/** Every network that something names has to be there. */
function demandNetworks(
  { networks, aws }: Deployment,
  targets: readonly { readonly target: Target; readonly path: ValuePath }[],
  checker: Checker,
): void {
  const names = Object.keys(networks);
  const demand = (name: string | undefined, path: ValuePath) => {
    if (name === undefined || names.includes(name)) return;
    const wanted = names.length === 0 ? 'none is defined below "networks"' : `wanted ${names.join(' or ')}`;
    checker.report(path, `there is no network ${quoted(name)}${suggest(name, names)}; ${wanted}`);
  };
  for (const { target, path } of targets) if (target.kind === 'endpoint') demand(target.network, path);
  demand(aws.privateDomains, ['aws', 'privateDomains']);
}
