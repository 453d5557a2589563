import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDefinitions, regionsOf } from '../../lib/config/definitions.ts';
import { toDeployable } from '../../lib/config/deployable.ts';
import { loadConfig, parseConfig } from '../../lib/config/load.ts';
import { mint, pemBundle } from '../support/pki.ts';

const load = (yaml: string) => parseConfig(yaml, '/c.yaml', {});
const fault = (yaml: string) => {
  try {
    load(yaml);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('what a configuration says about a deployment', () => {
  it.each([
    ['alerts: { email: [nobody] }', 'alerts.email[0]: got "nobody"; wanted a mail address'],
    ['alerts: { sms: [0155512345] }', 'wanted a number in quotes such as "+15551234567"'],
    ['alerts: { mail: [a@example.com] }', 'alerts: unknown key "mail"'],
    ['aws: { regions: [Ireland] }', 'aws.regions[0]: got "Ireland"; wanted a region such as eu-west-1'],
    ['aws: { accounts: [{ id: 012345678901 }] }', 'in quotes'],
    ['aws: { truststores: [NOT_A_BUCKET] }', 'wanted a bucket or a prefix in it'],
    ['aws: { privateDomains: intranet }', 'there is no network "intranet"; none is defined below "networks"'],
    [
      'networks: { internal: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] } }\ngroups: [{ network: internl, targets: [a.example.com] }]',
      'there is no network "internl" (did you mean "internal"?); wanted internal',
    ],
    ['alerts: { events: nobody }', 'alerts.events'],
    [
      'networks: { eu1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] }, eu-1: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] } }',
      'eu-1 and eu1 differ only by a hyphen',
    ],
    ['alerts: { sms: ["+15551234567"], smsPerMonth: 1 }', 'not enough for 1 numbers'],
    ["alerts: { owners: { 'a\"b': { email: [a@example.com] } } }", 'no filter can name'],
    ['stack: { logDays: 31 }', 'stack.logDays: wanted one of 1, 3, 5'],
  ])('%s is told', (yaml, sentence) => {
    expect(fault(yaml)).toContain(sentence);
    expect(fault(yaml)).toMatch(/^\/c\.yaml:\d+:\d+: /);
  });

  it.each(['my-bucket', 'my-bucket/prod', 's3://my-bucket/prod', 'arn:aws:s3:::my-bucket/prod/*'])(
    'takes %s for a place of truststores',
    (place) => {
      expect(load(`aws: { truststores: ["${place}"] }`).aws.truststores[0]).toMatch(
        /^my-bucket(?:\/prod\/?)?$/,
      );
    },
  );

  it('adds us-east-1 for edge, in the commercial partition only', () => {
    const { aws } = load('targets: []');
    expect(regionsOf(aws, 'eu-west-1')).toEqual(['eu-west-1', 'us-east-1']);
    expect(regionsOf(aws, 'cn-north-1')).toEqual(['cn-north-1']);
  });
});

describe('what can be deployed', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notafter-deployable-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are no files of this machine', async () => {
    await expect(toDeployable(load('targets: [{ file: ./x.pem }]'), 'stack:x')).rejects.toThrow(
      '/x.pem: a file of this machine cannot be watched from AWS',
    );
  });

  it('know of a webhook where its address lies, and never the address', async () => {
    const told = 'alerts: { email: [a@example.com] }';
    const secret = await toDeployable(
      load(`${told}\nwebhook: { secret: notafter/webhook, format: slack }`),
      'stack:x',
    );
    expect(secret.definitions.webhook).toEqual({ secret: 'notafter/webhook', format: 'slack' });
    expect(secret.warnings).toEqual([]);
    const env = { KEY: 'hunter2-hunter2!' };
    const url = parseConfig(
      `${told}\nwebhook: { url: "https://hooks.example.com/hunter2", key: "\${KEY}" }`,
      '/c.yaml',
      env,
    );
    const { definitions, warnings } = await toDeployable(url, 'stack:x');
    expect(definitions.webhook).toBeUndefined();
    expect(JSON.stringify([definitions, warnings])).not.toContain('hunter2');
    expect(warnings).toEqual([expect.stringContaining('webhook: { secret: notafter/webhook }')]);
  });

  it('are CA files, without a private key that stands in one', async () => {
    const ca = await mint({ subject: 'CN=Private CA', ca: true });
    await writeFile(join(folder, 'ca.pem'), `${pemBundle(ca)}${ca.keyPem}`);
    const path = join(folder, 'c.yaml');
    await writeFile(
      path,
      'targets: [{ endpoint: db.example.com, ca: ca.pem }]\nalerts: { email: [a@example.com] }',
    );
    const { definitions, caFiles, warnings } = await toDeployable(await loadConfig(path, {}), 'stack:x');
    const [[name = '', pem = ''] = []] = caFiles;
    expect(pem).toContain('BEGIN CERTIFICATE');
    expect(pem).not.toContain('PRIVATE KEY');
    expect(definitions.targets).toMatchObject([{ ca: `/opt/notafter/ca/${name}` }]);
    expect(warnings).toEqual([]);
  });

  it('warns of a route that nothing leads to', async () => {
    const yaml =
      'owner: a\nalerts: { email: [x@example.com], owners: { a: { email: [a@example.com] }, paymets: { email: [b@example.com] } } }';
    expect((await toDeployable(load(yaml), 'stack:x')).warnings).toEqual([
      'paymets: a route below alerts.owners, and no target or rule names that owner',
    ]);
  });

  it('counts each recipient once, and warns where there is none', async () => {
    const twice =
      'alerts: { email: [a@example.com], owners: { x: { email: [a@example.com, b@example.com] } } }';
    expect((await toDeployable(load(twice), 'stack:x')).definitions.alerts).toMatchObject({
      email: 2,
      sms: 0,
    });
    expect((await toDeployable(load('targets: []'), 'stack:x')).warnings).toEqual([
      expect.stringContaining('nobody is told'),
    ]);
  });

  it('is read by the functions, or refused in a sentence', async () => {
    const path = join(folder, 'definitions.json');
    const { definitions } = await toDeployable(load('targets: [a.example.com]'), 'stack:x');
    await writeFile(path, JSON.stringify(definitions));
    expect(readDefinitions(path)).toEqual(definitions);
    await writeFile(path, '[]');
    expect(() => readDefinitions(path)).toThrow('holds no definitions of NotAfter: deploy again');
    expect(() => readDefinitions(join(folder, 'missing'))).toThrow('cannot be read');
  });
});
