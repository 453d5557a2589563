import type { Command } from 'commander';
import { REGION } from '../../config/deployment-schema.ts';
import { CONFIG_FILE } from '../../config/load.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { statusOf } from '../../core/status.ts';
import type { TargetKind } from '../../core/target.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { createProber } from '../../sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../x509/trust.ts';
import { type Collected, collectAccount } from '../audit/collect.ts';
import { foundConfig, writeFoundConfig } from '../audit/found-config.ts';
import { readIdentity } from '../audit/identity.ts';
import { judgeCollected } from '../audit/judge.ts';
import { type Audited, auditedJson, auditedText, blindText, byUrgency } from '../audit/report.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf, worseExit } from '../exit-codes.ts';
import { endHelp } from '../help.ts';
import { judgeObservation } from '../judge.ts';
import { addJsonOption, integerOption, repeated, timeoutOption } from '../options.ts';
import { painter } from '../render/color.ts';
import { startProgress } from '../render/progress.ts';
import { UserError } from '../user-error.ts';

interface AuditOptions {
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly probe: boolean;
  readonly writeConfig?: string | true;
  readonly concurrency: number;
  readonly timeout: number;
  readonly json?: true;
}

/** Certificates of edge-optimized domains are there, wherever the API is. */
const GLOBAL_REGION = 'us-east-1';

/** `notafter audit`: what an AWS account depends on, with a person's own credentials; nothing is stored or deployed. */
export function configure(command: Command, context: CliContext): void {
  command
    .description(
      'Reads ACM and API Gateway with your own AWS credentials, probes the custom domains,\n' +
        'and says what is about to end and what is wrong. Only reads; stores and deploys nothing. us-east-1 is read as well, for edge-optimized domains.',
    )
    .option('--region <region>', 'region to read; may be repeated (default: $AWS_REGION)', repeated)
    .option('--profile <name>', 'profile of the AWS configuration')
    .option('--probe', 'probe the custom domains', true)
    .option('--no-probe', 'do not')
    .option('--concurrency <n>', 'endpoints at the same time', integerOption(1, 1_000), 50)
    .addOption(timeoutOption('for one endpoint, from the name to the last byte'))
    .option('--write-config [file]', `write a configuration that deploys what was found (${CONFIG_FILE})`);
  addJsonOption(command).action(async (options: AuditOptions) => {
    context.finish(await audit(options, context));
  });
  endHelp(command, 'findings', [
    ['notafter audit --region eu-west-1', 'ACM, API Gateway and the custom domains there'],
    ['notafter audit --region eu-west-1 --write-config', 'and a configuration to deploy'],
    ['notafter audit --region eu-west-1 --json > audit.jsonl', 'for machines'],
  ]);
}

async function audit(options: AuditOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, signal, now } = context;
  if (options.profile !== undefined) process.env['AWS_PROFILE'] = options.profile;
  const named = regionsOf(options);
  const regions = [...new Set([...named, ...(named.every(isCommercial) ? [GLOBAL_REGION] : [])])];
  const { account } = await readIdentity(named[0] ?? GLOBAL_REGION);
  await stderr.write(`Account ${account}: reading ACM and API Gateway in ${regions.join(', ')}.\n`);

  const listing = startProgress(stderr, regions.length * 2, 'listings');
  let collected: Collected;
  try {
    const onListed = () => listing.advance();
    collected = await collectAccount({ account, regions, now, signal, onListed });
  } finally {
    listing.stop();
  }
  const probed = options.probe ? await probeAll(collected, options, context) : [];
  const audited: Audited[] = [...judgeCollected(collected, now()), ...probed].sort(byUrgency);

  const watched: Partial<Record<TargetKind, number>> = {};
  for (const { target } of audited) watched[target.kind] = (watched[target.kind] ?? 0) + 1;
  const status = statusOf({ watched, sources: collected.sources, open: {}, unobserved: 0 });
  const paint = painter(stdout.color);
  for (const each of audited) {
    await stdout.write(options.json ? `${auditedJson(each)}\n` : auditedText(each, { now: now(), paint }));
  }
  if (options.json) {
    const { targets, regions: read, blind } = status;
    await stdout.write(`${safeJson({ type: 'audit', account, regions: read, targets, blind })}\n`);
  } else await stdout.write(blindText(status, paint));
  await stderr.write(
    `${summary(audited)}${status.blind.length === 0 ? '' : `, blind to ${status.blind.length}`}.\n`,
  );
  await writeConfig(options, collected, named, context);
  const codes = audited.map(({ findings }) => exitCodeOf(findings));
  return codes.reduce(worseExit, status.blind.length === 0 ? EXIT.ok : EXIT.unknown);
}

function regionsOf({ region = [], profile }: AuditOptions): readonly string[] {
  const fallback = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  const named = region.length > 0 ? region : fallback === undefined ? [] : [fallback];
  if (named.length === 0) {
    const hint =
      profile === undefined
        ? ''
        : ` (the region of the profile ${escapeForTerminal(profile)} is not looked up)`;
    throw new UserError(
      `no region to read${hint}: name one with --region, such as --region eu-west-1, or set AWS_REGION.`,
    );
  }
  const odd = named.find((each) => !REGION.test(each));
  if (odd === undefined) return named;
  throw new UserError(
    `got the region ${escapeForTerminal(JSON.stringify(odd))}; wanted one such as eu-west-1.`,
  );
}

function isCommercial(region: string): boolean {
  return !/^(?:cn|us-gov|us-iso|eusc)-/.test(region);
}

async function probeAll(
  { endpoints }: Collected,
  { concurrency, timeout }: AuditOptions,
  { stderr, now, signal }: CliContext,
): Promise<Audited[]> {
  if (endpoints.length === 0) return [];
  const progress = startProgress(stderr, endpoints.length, 'domains probed');
  const prober = createProber({ trust: loadTrust(), timeoutMs: timeout, concurrency });
  const end = () => prober.close();
  signal.addEventListener('abort', end);
  try {
    return await Promise.all(
      endpoints.map(async (target) => {
        const observation = await prober.probe(target.endpoint);
        progress.advance();
        return { target, observation, findings: judgeObservation(target, observation, now()) };
      }),
    );
  } finally {
    signal.removeEventListener('abort', end);
    progress.stop();
    prober.close();
  }
}

function summary(audited: readonly Audited[]): string {
  const count = (code: ExitCode) => audited.filter(({ findings }) => exitCodeOf(findings) === code).length;
  return `${audited.length} looked at: ${count(EXIT.critical)} critical, ${count(EXIT.warning)} warning, ${count(EXIT.unknown)} not observed, ${count(EXIT.ok)} ok`;
}

async function writeConfig(
  { writeConfig: wanted }: AuditOptions,
  collected: Collected,
  regions: readonly string[],
  { stderr }: CliContext,
): Promise<void> {
  if (wanted === undefined) return;
  const path = wanted === true ? CONFIG_FILE : wanted;
  await writeFoundConfig(path, foundConfig(collected, regions));
  await stderr.write(
    `Wrote ${escapeForTerminal(path)}: name somebody below "alerts", then npx cdk deploy.\n`,
  );
}
