import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { deployableOf } from '../../lib/config/deployable.ts';
import { parseConfig } from '../../lib/config/load.ts';
import { CertificateMonitorStack } from '../../lib/infra/certificate-monitor-stack.ts';

/** A template as CDK wrote it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates have the shape that CloudFormation gives them.
  readonly Properties: Readonly<Record<string, any>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

/** What `cdk synth` leaves behind. */
export interface Synthesized {
  readonly directory: string;
  readonly template: Template;
}

export const FULL_CONFIG = `
alerts:
  email: [api-team@example.com]
  sms: ["+15551234567"]
  owners:
    payments: { email: [pay@example.com], sms: ["+15551234567"] }
aws:
  regions: [eu-west-1]
  truststores: [my-truststores/prod]
  accounts: [{ id: "210987654321", externalId: abcdef }]
  privateDomains: internal
networks:
  internal: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] }
webhook: { secret: notafter/webhook, format: slack }
targets: [api.example.com]
`;

/** The stack of a configuration, synthesized into a temporary folder. */
export function synthesize(yaml: string, prepare: (app: App) => void = () => undefined): Synthesized {
  const directory = mkdtempSync(join(tmpdir(), 'notafter-cdk-out-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const app = new App({ outdir: directory, analyticsReporting: false });
  prepare(app);
  const config = parseConfig(yaml, '/notafter.config.yaml', {});
  const deployable = deployableOf(config, 'stack:NotAfter', new Map());
  new CertificateMonitorStack(app, config.stack.name, { config, deployable });
  app.synth();
  const file = join(directory, `${config.stack.name}.template.json`);
  return { directory, template: JSON.parse(readFileSync(file, 'utf8')) as Template };
}
