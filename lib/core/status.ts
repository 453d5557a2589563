/** What is watched, what is not, and why: the monitor's own account of itself. */
import { formatInstant } from './instant.ts';
import { describeFailure } from './reason.ts';
import type { BlindSpot, Run, SourceHealth } from './run.ts';
import type { Severity } from './severity.ts';
import type { TargetKind } from './target.ts';

export interface StatusFacts {
  /** Watched targets by kind. */
  readonly watched: Readonly<Partial<Record<TargetKind, number>>>;
  readonly sources: readonly SourceHealth[];
  /** Targets that cannot be observed at the moment, as far as that was said. */
  readonly unobserved: number;
  /** Open findings by severity. */
  readonly open: Readonly<Partial<Record<Severity, number>>>;
  /** The latest run that ended. */
  readonly lastRun?: Run;
}

export interface Status extends StatusFacts {
  /** "watching 12 targets in 2 regions, blind to 1" */
  readonly sentence: string;
  readonly targets: number;
  /** Regions that some source lists, in their order. */
  readonly regions: readonly string[];
  /** Everything that ought to be watched and cannot be, with what to do about it. */
  readonly blind: readonly BlindSpot[];
}

/** Sums up what the inventory knows about itself. */
export function statusOf(facts: StatusFacts): Status {
  const { watched, sources } = facts;
  const targets = Object.values(watched).reduce((sum, count) => sum + count, 0);
  const regions = [...new Set(sources.flatMap(({ source }) => source.split('/')[2] ?? []))].sort();
  const blind = sources.flatMap(blindSpots);
  const where = regions.length === 0 ? '' : ` in ${count(regions.length, 'region')}`;
  return {
    ...facts,
    targets,
    regions,
    blind,
    sentence: `watching ${count(targets, 'target')}${where}, blind to ${blind.length + facts.unobserved}`,
  };
}

function blindSpots(health: SourceHealth): readonly BlindSpot[] {
  const { source, failure, blind = [] } = health;
  if (failure === undefined) return blind;
  return [{ what: source, failure, remedy: remedyFor(health) }, ...blind];
}

function remedyFor({ source, failure, lastSuccessAt }: SourceHealth): string {
  const [kind, account, region] = source.split('/');
  const since = lastSuccessAt === undefined ? 'never read' : `last read ${formatInstant(lastSuccessAt)}`;
  switch (failure?.reason) {
    case 'access_denied':
      return kind === 'acm'
        ? `allow acm:ListCertificates, acm:DescribeCertificate and acm:GetCertificate in account ${account} (${since})`
        : `allow apigateway:GET on /domainnames and /clientcertificates in account ${account} (${since})`;
    case 'region_unreachable':
      return `enable ${region} for account ${account}, or take it off aws.regions (${since})`;
    default:
      return `it is tried again by itself (${since}): ${failure === undefined ? '' : describeFailure(failure)}`;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
