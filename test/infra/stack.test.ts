import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/config/metric-names.ts';
import { CertificateMonitor } from '../../lib/infra/certificate-monitor.ts';
import { memberAccountTemplate } from '../../lib/infra/member-account-template.ts';
import { tableDefinition } from '../../lib/store/create-table.ts';
import { FULL_CONFIG, type Resource, synthesize, type Template } from './synth.ts';

const root = join(import.meta.dirname, '..', '..');
const full = synthesize(FULL_CONFIG);
const all = (type: string) => Object.values(full.template.Resources).filter(({ Type }) => Type === type);
const one = (type: string) => {
  const [found, ...others] = all(type);
  if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${type}`);
  return found;
};
afterAll(() => rmSync(full.directory, { recursive: true }));

describe('the synthesized stack', () => {
  it('has the table that the program expects, and keeps it', () => {
    const { Properties, DeletionPolicy } = one('AWS::DynamoDB::GlobalTable');
    const expected = tableDefinition('x');
    expect(Properties['KeySchema']).toEqual(expected.KeySchema);
    expect(Properties['GlobalSecondaryIndexes']).toEqual(expected.GlobalSecondaryIndexes);
    expect(Properties['BillingMode']).toBe('PAY_PER_REQUEST');
    expect(Properties['TimeToLiveSpecification']).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect(Properties['Replicas'][0]).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(DeletionPolicy).toBe('Retain');
  });

  it('lets the table of a throw-away stack go, and leaves the dashboard out where it is switched off', () => {
    const { directory, template } = synthesize('stack: { throwAway: true, dashboard: false }');
    rmSync(directory, { recursive: true });
    const types = Object.values(template.Resources);
    expect(types.find(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable')?.DeletionPolicy).toBe('Delete');
    expect(types.some(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')).toBe(false);
  });

  it('keeps table and topic under a key of the user', () => {
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const { directory, template } = synthesize(`stack: { key: "${key}", name: Certs }`);
    rmSync(directory, { recursive: true });
    const resources = Object.values(template.Resources);
    const table = resources.find(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable')?.Properties;
    expect(table?.['SSESpecification']).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    expect(table?.['Replicas'][0].SSESpecification).toEqual({ KMSMasterKeyId: key });
    expect(resources.find(({ Type }) => Type === 'AWS::SNS::Topic')?.Properties['KmsMasterKeyId']).toBe(key);
    const grants = JSON.stringify(resources.filter(({ Type }) => Type === 'AWS::IAM::Policy'));
    expect(grants.match(/kms:GenerateDataKey\*/g)).toHaveLength(4);
  });

  it('runs every function on arm64 and Node 24 with a log of its own that ends, and reserves nothing', () => {
    const functions = all('AWS::Lambda::Function');
    expect(functions).toHaveLength(5);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(Properties['LoggingConfig']).toBeDefined();
      expect(Properties['ReservedConcurrentExecutions']).toBeUndefined();
    }
    for (const { Properties } of all('AWS::Logs::LogGroup')) expect(Properties['RetentionInDays']).toBe(30);
  });

  it('hides a message for six times as long as its function may take, and gives it up after five attempts', () => {
    const functions = all('AWS::Lambda::Function');
    for (const { Properties } of all('AWS::SQS::Queue').filter(({ Properties: p }) => 'RedrivePolicy' in p)) {
      expect(Properties['RedrivePolicy'].maxReceiveCount).toBe(5);
      expect(functions.map(({ Properties: p }) => p['Timeout'] * 6)).toContain(
        Properties['VisibilityTimeout'],
      );
    }
    for (const { Properties } of all('AWS::Lambda::EventSourceMapping')) {
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      expect(Properties['ScalingConfig'].MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });

  it('repeats what a schedule could not do, and keeps what failed for good', () => {
    const schedules = all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties['Target']);
    expect(
      schedules
        .map(({ Input }) => JSON.parse(Input))
        .map(({ task, cadence = '' }) => `${task} ${cadence}`.trim()),
    ).toEqual(['probe 15m', 'probe 1h', 'probe 6h', 'probe 1d', 'collect', 'canary', 'evaluate', 'report']);
    for (const target of schedules) {
      expect(target.Input).toContain('<aws.scheduler.scheduled-time>');
      expect(target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
      expect(target.DeadLetterConfig.Arn).toBeDefined();
    }
    expect(all('AWS::Lambda::EventInvokeConfig')).toHaveLength(2);
  });

  it('sends everything to the default mail route, and to others what they asked for', () => {
    const routes = all('AWS::SNS::Subscription').map(
      ({ Properties: { Protocol, Endpoint, FilterPolicy } }) => [Protocol, Endpoint, FilterPolicy],
    );
    expect(routes).toEqual([
      ['email', 'api-team@example.com', undefined],
      ['email', 'pay@example.com', { owner: ['payments'] }],
      ['sms', '+15551234567', { rung: ['last', 'expired'], sms: ['yes'] }],
    ]);
  });

  it('refuses what is not TLS, and lets alarms publish', () => {
    const [{ Properties } = { Properties: {} }] = all('AWS::SNS::TopicPolicy');
    const statements = JSON.stringify((Properties as Resource['Properties'])['PolicyDocument']);
    expect(statements).toContain('"aws:SecureTransport":"false"');
    expect(statements).toMatch(
      /"StringEquals":\{"aws:SourceAccount":\{"Ref":"AWS::AccountId"\}\}.*cloudwatch\.amazonaws\.com/,
    );
    expect(all('AWS::SQS::QueuePolicy')).toHaveLength(all('AWS::SQS::Queue').length);
  });

  it('counts by its own table, so that no other monitor in the account answers for it', () => {
    const own = all('AWS::CloudWatch::Alarm').filter(
      ({ Properties }) => Properties['Namespace'] === 'NotAfter',
    );
    expect(own.length).toBeGreaterThan(3);
    for (const { Properties } of own) {
      expect(Properties['Dimensions']).toContainEqual({ Name: 'table', Value: { Ref: expect.any(String) } });
    }
  });

  it('names a section of the runbook in every alarm, and takes silence for a fault where it is one', async () => {
    const runbook = await readFile(join(root, 'docs', 'runbook.md'), 'utf8');
    const alarms = all('AWS::CloudWatch::Alarm');
    const named = alarms.map(
      ({ Properties }) => /docs\/runbook\.md#([\w-]+)$/.exec(Properties['AlarmDescription'])?.[1],
    );
    expect(named.sort()).toEqual([...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading).sort());
    for (const { Properties } of alarms) expect(Properties['AlarmActions']).toHaveLength(1);
    const silent = alarms.filter(({ Properties }) => Properties['TreatMissingData'] === 'breaching');
    expect(
      silent.map(({ Properties }) => [
        Properties['MetricName'],
        Properties['EvaluationPeriods'] * Properties['Period'],
      ]),
    ).toEqual([
      [METRICS.runsCompleted, 26 * 3_600],
      [METRICS.canariesPublished, 26 * 3_600],
    ]);
  });

  it('puts a prober into each network, with a queue of its own', () => {
    const inside = all('AWS::Lambda::Function').filter(({ Properties }) => 'VpcConfig' in Properties);
    expect(inside.map(({ Properties }) => Properties['VpcConfig'])).toEqual([
      { SecurityGroupIds: ['sg-0a1b2c3d'], SubnetIds: ['subnet-0a1b2c3d'] },
    ]);
  });

  it('lets only the evaluation put events, on the default bus of whatever partition, unless nobody wants them', () => {
    expect(permissions(full.template, 'events:PutEvents')).toEqual([
      ['Evaluate', 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default'],
    ]);
    expect(environments(full.template).filter(({ NOTAFTER_BUS: bus }) => bus === 'default')).toHaveLength(1);
    const { directory, template } = synthesize('alerts: { events: false }');
    rmSync(directory, { recursive: true });
    expect(permissions(template, 'events:PutEvents')).toEqual([]);
    expect(JSON.stringify(environments(template))).not.toContain('NOTAFTER_BUS');
  });

  it.each([
    [
      'notafter/webhook',
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:notafter/webhook-??????',
    ],
    [
      'arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:hook-AbCdEf',
      'arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:hook-AbCdEf',
    ],
    [
      'arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/hook',
      'arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/hook-??????',
    ],
  ])('lets only the evaluation read the secret %s of the webhook, and no other', (secret, resource) => {
    const { directory, template } = synthesize(`webhook: { secret: "${secret}" }`);
    rmSync(directory, { recursive: true });
    expect(permissions(template, 'secretsmanager:GetSecretValue')).toEqual([['Evaluate', resource]]);
  });

  it('lets nobody read a secret where there is no webhook', () => {
    const { directory, template } = synthesize('targets: [api.example.com]');
    rmSync(directory, { recursive: true });
    expect(JSON.stringify(template)).not.toContain('secretsmanager');
  });

  it('bakes nothing of its surroundings in', () => {
    const text = JSON.stringify(full.template);
    expect(text).not.toMatch(
      /arn:aws:(?!\w*\$\{|sns:\*)(?:acm|apigateway|s3|iam|sqs|dynamodb|events|secretsmanager)/,
    );
    expect(text).not.toContain('us-east-1');
    expect(Object.values(full.template.Outputs)).toHaveLength(3);
  });

  it('is clean by cfn-lint, where that is installed', ({ skip }) => {
    if (spawnSync('cfn-lint', ['--version']).status !== 0)
      skip('cfn-lint is not installed (pip install cfn-lint)');
    const template = join(full.directory, 'NotAfter.template.json');
    // W3005: CDK names dependencies that references imply, and some that they do not.
    for (const file of [template, join(root, 'templates', 'member-account.yaml')]) {
      const { stdout, status } = spawnSync('cfn-lint', ['--ignore-checks', 'W3005', '--', file], {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    }
  });

  it('is clean by the AwsSolutions and Serverless rules', () => {
    const { directory } = synthesize(FULL_CONFIG, (app) => {
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    });
    rmSync(directory, { recursive: true });
  });
});

/** Who may do something, by the role's name, and on what. */
function permissions(template: Template, action: string): readonly (readonly [who: string, on: string])[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .flatMap(([id, { Properties }]) =>
      (Properties['Policies'] ?? [])
        .flatMap(
          ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
        )
        .filter((statement: Statement) => [statement.Action].flat().includes(action))
        .map((statement: Statement) => [
          /Dispatch|Evaluate|Collector|Prober/.exec(id)?.[0],
          written(statement.Resource),
        ]),
    );
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** A text made by `Fn::Join`, with what is referred to in angle brackets. */
function written(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { 'Fn::Join': join, Ref } = value as { 'Fn::Join'?: [string, unknown[]]; Ref?: string };
  return join === undefined ? `<${Ref}>` : join[1].map(written).join(join[0]);
}

function environments(template: Template): readonly Readonly<Record<string, unknown>>[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties['Environment'].Variables);
}

describe('the bundles', () => {
  it.each([
    ['dispatch', 650],
    ['probe', 650],
    ['evaluate', 650],
    ['collect', 950],
  ])('%s fits into %i KB', (role, limit) => {
    expect(statSync(join(root, 'dist', 'lambda', role, 'index.mjs')).size / 1024).toBeLessThanOrEqual(limit);
    expect(statSync(join(root, 'dist', 'lambda', role, 'index.mjs.map')).size).toBeGreaterThan(0);
  });
});

describe('the template for member accounts', () => {
  it('is what the list of actions makes of it (node scripts/member-template.ts)', async () => {
    expect(await readFile(join(root, 'templates', 'member-account.yaml'), 'utf8')).toBe(
      memberAccountTemplate(),
    );
  });
});

describe('CertificateMonitor', () => {
  it('says all that is wrong with its props, in the words of the configuration', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Test');
    const props = {
      endpoints: ['http://x', 'api.example.com'],
      alerts: { email: ['nobody'] },
      unreachableAfter: 0,
    };
    expect(() => new CertificateMonitor(stack, 'Monitor', props)).toThrow(
      /^the props of CertificateMonitor cannot be used:\n- .*unreachableAfter.*\n- targets\[0\].*\n- alerts\.email\[0\]: got "nobody"; wanted a mail address/s,
    );
  });

  it('has the webhook and the events of its props', () => {
    const directory = mkdtempSync(join(tmpdir(), 'notafter-cdk-out-'));
    const app = new App({ outdir: directory, analyticsReporting: false });
    new CertificateMonitor(new Stack(app, 'Test'), 'Monitor', {
      alerts: { events: false },
      webhook: { secret: 'notafter/webhook', format: 'slack' },
    });
    const template = app.synth().getStackByName('Test').template as Template;
    const [layer] = Object.values(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::LayerVersion',
    );
    const asset = `asset.${String(layer?.Properties['Content'].S3Key).replace(/\.zip$/, '')}`;
    const definitions = readFileSync(join(directory, asset, 'notafter', 'definitions.json'), 'utf8');
    rmSync(directory, { recursive: true });
    expect(JSON.parse(definitions).webhook).toEqual({ secret: 'notafter/webhook', format: 'slack' });
    expect(permissions(template, 'secretsmanager:GetSecretValue')).toHaveLength(1);
    expect(permissions(template, 'events:PutEvents')).toEqual([]);
  });

  it('takes no webhook whose address stands in the app', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Test');
    const webhook = { secret: 'x', url: 'https://hooks.example.com/hunter2' };
    expect(() => new CertificateMonitor(stack, 'Monitor', { webhook })).toThrow(/webhook: wanted one of url/);
  });
});
