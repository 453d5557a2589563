import { createHash } from 'node:crypto';
import { escapeForTerminal } from '../core/printable.ts';
import { type Target, targetLabel } from '../core/target.ts';
import { readBoundedFile } from '../sources/read-bounded.ts';
import type { Config } from './config.ts';
import type { Definitions } from './definitions.ts';
import { probingOf } from './probing.ts';
import { ConfigError } from './problem.ts';

/** What travels into the account: the definitions, and the CA files that they name. */
export interface Deployable {
  readonly definitions: Definitions;
  /** Content by file name. */
  readonly caFiles: ReadonlyMap<string, string>;
  /** Sentences about what the deployed monitor does not do, although the configuration asks for it. */
  readonly warnings: readonly string[];
}

/** Where the definitions lie in a function: the content of a layer appears below /opt. */
export const DEFINITIONS_FOLDER = '/opt/notafter';

/** The shortest interval of a schedule. */
const SHORTEST_MS = 15 * 60_000;

/**
 * Makes of a configuration what can be deployed.
 *
 * @param origin See `Definitions.origin`.
 * @throws ConfigError where it names what only this machine has.
 */
export async function toDeployable(config: Config, origin: string): Promise<Deployable> {
  const local = config.targets.filter(({ kind }) => kind === 'file' || kind === 'truststore');
  if (local.length > 0) {
    const named = local.slice(0, 3).map(({ id }) => escapeForTerminal(id.slice(id.indexOf(':') + 1)));
    throw new ConfigError(
      config.path,
      `${named.join(', ')}${local.length > 3 ? ` and ${local.length - 3} more` : ''}: a file of this machine cannot be watched from AWS; ` +
        'take it out here and watch it with "notafter run" (truststores of API Gateway are found by themselves: aws.truststores)',
    );
  }
  // Before what is wrong with their files: nobody needs to mend those.
  refuseClients(config);
  if (config.fileFaults !== undefined) throw new ConfigError(config.path, config.fileFaults.join('\n'));
  const cas = new Map<string, string>();
  for (const path of new Set(config.targets.flatMap((target) => caOf(target) ?? []))) {
    const reading = await readBoundedFile(path);
    if ('failure' in reading) throw new ConfigError(config.path, `${path}: ${reading.failure.reason}`);
    cas.set(path, certificatesOnly(reading.bytes.toString('utf8')));
  }
  return deployableOf(config, origin, cas);
}

/**
 * The same where every file was read.
 *
 * @param cas Content of each CA file that a target names, by its path.
 * @throws ConfigError where a client certificate is to be shown.
 */
export function deployableOf(config: Config, origin: string, cas: ReadonlyMap<string, string>): Deployable {
  refuseClients(config);
  const caFiles = new Map<string, string>();
  const moved = new Map<string, string>();
  for (const [path, pem] of cas) {
    const name = `${createHash('sha256').update(pem).digest('hex').slice(0, 32)}.pem`;
    caFiles.set(name, pem);
    moved.set(path, `${DEFINITIONS_FOLDER}/ca/${name}`);
  }
  const definitions: Definitions = {
    origin,
    targets: config.targets.map((target) => withCa(target, moved)),
    defaults: withoutCa(config.defaults),
    ...probingOf(config),
    unreachableAfter: config.unreachableAfter,
    aws: config.aws,
    networks: Object.keys(config.networks),
    alerts: alertsOf(config),
    ...(config.webhook?.secret === undefined
      ? {}
      : { webhook: { secret: config.webhook.secret, format: config.webhook.format } }),
  };
  return { definitions, caFiles, warnings: warningsOf(config) };
}

/** Definitions lie in the account for everybody to read who may read the code of a function. */
function refuseClients({ path, targets, defaults }: Config): void {
  const labels = targets
    .filter((target) => target.kind === 'endpoint' && target.client !== undefined)
    .map(({ id }) => escapeForTerminal(targetLabel(id)));
  if (labels.length === 0 && defaults.client === undefined) return;
  const named = labels.length === 0 ? ['clientCertificate at the top'] : labels.slice(0, 3);
  throw new ConfigError(
    path,
    `${named.join(', ')}${labels.length > 3 ? ` and ${labels.length - 3} more` : ''}: a private key is never deployed, so no client certificate can be shown from AWS; ` +
      'take clientCertificate out here (the server is seen without it) and probe it with "notafter run"',
  );
}

/** Each recipient is one subscription, however many routes lead to it. */
function alertsOf({ alerts }: Config): Definitions['alerts'] {
  const routes = [alerts, ...Object.values(alerts.owners)];
  const { remindEvery, impairedShare, smsPerMonth } = alerts;
  return {
    remindEvery,
    impairedShare,
    smsPerMonth,
    email: new Set(routes.flatMap(({ email }) => email)).size,
    sms: new Set(routes.flatMap(({ sms }) => sms)).size,
    textedOwners: Object.keys(alerts.owners).filter((owner) => (alerts.owners[owner]?.sms.length ?? 0) > 0),
  };
}

function caOf(target: Target): string | undefined {
  return target.kind === 'endpoint' ? target.ca : undefined;
}

function withCa(target: Target, moved: ReadonlyMap<string, string>): Target {
  const ca = moved.get(caOf(target) ?? '');
  return target.kind === 'endpoint' && ca !== undefined ? { ...target, ca } : target;
}

function withoutCa({ ca: _, ...defaults }: Definitions['defaults']): Definitions['defaults'] {
  return defaults;
}

/** Whatever else stands in the file, a private key above all, stays here. */
function certificatesOnly(pem: string): string {
  const blocks = pem.match(
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
  );
  return `${(blocks ?? []).join('\n')}\n`;
}

/** Owners that somebody or some rule is named as; a route of any other is never used. */
function unknownOwners({ alerts, targets, defaults }: Config): readonly string[] {
  const named = new Set([
    ...targets.map(({ owner }) => owner),
    ...(defaults.ownership ?? []).map(({ owner }) => owner),
    ...Object.values(defaults.kinds ?? {}).map(({ owner }) => owner),
    defaults.owner,
  ]);
  return Object.keys(alerts.owners).filter((owner) => !named.has(owner));
}

function warningsOf(config: Config): readonly string[] {
  const { webhook, targets, alerts } = config;
  const unknown = unknownOwners(config);
  const often = targets.filter(({ everyMs }) => everyMs !== undefined && everyMs < SHORTEST_MS);
  const told = [alerts, ...Object.values(alerts.owners)].some(
    ({ email, sms }) => email.length + sms.length > 0,
  );
  return [
    ...(told
      ? []
      : ['nobody is told: name somebody below "alerts", such as alerts: { email: [you@example.com] }']),
    ...(unknown.length === 0
      ? []
      : [
          `${unknown.map((owner) => escapeForTerminal(owner)).join(', ')}: a route below alerts.owners, and no target or rule names that owner`,
        ]),
    ...(webhook?.url === undefined
      ? []
      : [
          'the webhook is called by "notafter run" only, not from AWS: put its address into Secrets Manager and name it as webhook: { secret: notafter/webhook }',
        ]),
    ...(often.length === 0
      ? []
      : [`${often.length} targets are to be looked at more often than every 15 minutes, which AWS does not`]),
  ];
}
