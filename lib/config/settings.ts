import type { LadderColumn, ThresholdOverrides } from '../core/ladder.ts';
import { type OwnershipRule, ownerByRule } from '../core/ownership.ts';
import { type Reach, reachOf } from '../core/reach.ts';
import type { Target, TargetKind } from '../core/target.ts';

/** What can be said once for many targets. Reach is for endpoints only, and its paths are absolute. */
export interface Settings extends Reach {
  readonly owner?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly thresholds?: ThresholdOverrides;
  readonly everyMs?: number;
}

/** What holds for every target that says nothing else, listed or found. */
export interface Defaults extends Settings {
  /** By kind, before what is said for all. */
  readonly kinds?: Readonly<Partial<Record<TargetKind, Settings>>>;
  /** Who owns what nobody was named for; the first rule that fits counts. */
  readonly ownership?: readonly OwnershipRule[];
}

/** The target with everything that was said for all: its own settings, its kind's, a rule's owner, the default one. */
export function withDefaults(target: Target, { kinds, ownership, ...common }: Defaults): Target {
  const { owner, ...rest } = mergeSettings(common, kinds?.[target.kind] ?? {});
  const completed = withSettings(target, rest);
  if (completed.owner !== null) return completed;
  return { ...completed, owner: ownerByRule(completed, ownership ?? []) ?? owner ?? null };
}

/** The tags that rules of ownership look at: those of what AWS lists are asked for only where there are any. */
export function tagsAskedFor({ ownership = [] }: Defaults): ReadonlySet<string> {
  return new Set(ownership.flatMap(({ tags = {} }) => Object.keys(tags)));
}

/** The inner settings, completed from the outer ones. Tags and rungs are taken one by one. */
export function mergeSettings(outer: Settings, inner: Settings): Settings {
  const thresholds = mergeThresholds(outer.thresholds, inner.thresholds);
  return {
    ...outer,
    ...inner,
    tags: { ...outer.tags, ...inner.tags },
    ...(thresholds === undefined ? {} : { thresholds }),
  };
}

/** The target, completed from the settings around it. */
export function withSettings(target: Target, settings: Settings): Target {
  const merged = mergeSettings(settings, settingsOf(target));
  const { owner, tags, thresholds, everyMs } = merged;
  const common = {
    owner: owner ?? null,
    tags: tags ?? {},
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(everyMs === undefined ? {} : { everyMs }),
  };
  if (target.kind !== 'endpoint') return { ...target, ...common };
  return { ...target, ...common, ...reachOf(merged) };
}

/** What was said of this very target: what completes a later definition of it that does not say everything again. */
export function settingsOf(target: Target): Settings {
  const { owner, tags, thresholds, everyMs } = target;
  return {
    tags,
    ...(owner === null ? {} : { owner }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(target.kind === 'endpoint' ? reachOf(target) : {}),
  };
}

/** Inner rungs replace outer ones of the same name. */
export function mergeThresholds(
  outer: ThresholdOverrides | undefined,
  inner: ThresholdOverrides | undefined,
): ThresholdOverrides | undefined {
  if (outer === undefined || inner === undefined) return inner ?? outer;
  const merge = (column: LadderColumn) => {
    const rungs = { ...outer[column], ...inner[column] };
    return Object.keys(rungs).length === 0 ? {} : { [column]: rungs };
  };
  return { ...merge('leaf'), ...merge('ca') };
}
