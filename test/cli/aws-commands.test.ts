import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config/load.ts';
import { DocumentedJson } from '../docs/json-schema.ts';
import { Fault } from '../support/aws/protocol.ts';
import { OWN_ACCOUNT, type StandIn, startStandIn } from '../support/aws/stand-in.ts';
import { type Issued, mint } from '../support/pki.ts';
import { jsonLines } from './captured.ts';
import { runCommand } from './command.ts';

const DAY = 86_400_000;
const documented = new DocumentedJson(await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8'));
const TOPIC = `arn:aws:sns:eu-west-1:${OWN_ACCOUNT}:Alerts`;

describe('commands that talk to AWS', () => {
  let aws: StandIn;
  let folder: string;
  let leaf: Issued;
  let partner: Issued;
  let proof: Issued;
  const before = { ...process.env };

  beforeAll(async () => {
    aws = await startStandIn();
    folder = await mkdtemp(join(tmpdir(), 'notafter-aws-'));
    leaf = await mint({ subject: 'CN=api.example.com', names: ['api.example.com'], days: 100 });
    proof = await mint({
      subject: 'CN=locked.example.com',
      names: ['locked.example.com'],
      notBefore: new Date(Date.now() - 195 * DAY),
      days: 3,
    });
    partner = await mint({
      subject: 'CN=Partner CA',
      ca: true,
      notBefore: new Date(Date.now() - 3_000 * DAY),
      days: 20,
    });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'PERSON',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  afterAll(async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await aws.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    const { acm, apiGateway } = aws.place(OWN_ACCOUNT, 'eu-west-1');
    const { validFromDate: notBefore, validToDate: notAfter } = leaf.x509;
    const arn = (id: string) => `arn:aws:acm:eu-west-1:${OWN_ACCOUNT}:certificate/${id}`;
    acm.certificates = [
      {
        arn: arn('rsa-4096'),
        domain: 'big.example.com',
        leaf: leaf.pem,
        keyType: 'RSA_4096',
        notBefore,
        notAfter,
      },
      { arn: arn('acme'), domain: 'acme.example.com', leaf: leaf.pem, origin: 'ACME', notBefore, notAfter },
      {
        arn: arn('stuck'),
        domain: 'stuck.example.com',
        leaf: leaf.pem,
        notBefore,
        notAfter,
        renewal: { status: 'PENDING_VALIDATION', reason: 'CAA_ERROR' },
      },
      {
        arn: arn('proof'),
        domain: 'locked.example.com',
        leaf: proof.pem,
        usedBy: [],
        renews: false,
        notBefore: proof.x509.validFromDate,
        notAfter: proof.x509.validToDate,
      },
      { arn: arn('new'), domain: 'new.example.com', leaf: '', status: 'PENDING_VALIDATION', usedBy: [] },
    ];
    apiGateway.domains = [
      {
        domainName: 'api.example.com',
        type: 'REGIONAL',
        host: 'd-1.execute-api.eu-west-1.amazonaws.com',
        certificateArn: arn('rsa-4096'),
        truststore: { uri: 's3://trust/prod/ca.pem', version: 'v1', warnings: ['chain is not complete'] },
      },
      {
        domainName: 'locked.example.com',
        type: 'EDGE',
        host: 'd-2.cloudfront.net',
        certificateArn: arn('acme'),
        status: 'PENDING_OWNERSHIP_VERIFICATION',
        ownershipArn: arn('proof'),
      },
    ];
    apiGateway.clientCertificates = [{ id: 'abc123', pem: leaf.pem, description: 'to the backend' }];
    delete aws.place(OWN_ACCOUNT, 'us-east-1').acm.failures;
    aws.buckets.set('trust', {
      objects: new Map([['prod/ca.pem', [{ version: 'v1', body: Buffer.from(partner.pem) }]]]),
    });
    aws.topics.set(TOPIC, { arn: TOPIC, subscriptions: [], published: [] });
  });

  const audit = (...args: string[]) => runCommand(['audit', '--region', 'eu-west-1', '--no-probe', ...args]);

  it('audit finds what ACM hides by default, and what nobody watches', async () => {
    const { code, stdout, stderr } = await audit();
    expect(code).toBe(2);
    expect(stdout).toContain('big.example.com  ACM rsa-4096  (eu-west-1)');
    expect(stdout).toContain('acme.example.com  ACM acme');
    expect(stdout).toContain('ACM cannot renew it before its names are validated again (CAA_ERROR)');
    expect(stdout).toContain('CA Partner CA expires in 19 d');
    expect(stdout).toContain('is locked: its ownership is not verified');
    expect(stdout).toContain('(the proof of ownership of the domain)');
    expect(stdout).toContain('API Gateway warned when the truststore was loaded: chain is not complete');
    expect(stdout).toContain('abc123  client certificate');
    // The worst first.
    expect(stdout.split('\n')[0]).toMatch(/^critical/);
    expect(stderr).toContain(`Account ${OWN_ACCOUNT}: reading ACM and API Gateway in eu-west-1, us-east-1.`);
    expect(stderr).toMatch(/9 looked at: 2 critical, \d warning/);
  });

  it('audit says what was denied, and what to grant', async () => {
    const denied = new Fault(
      'AccessDeniedException',
      'User: person is not authorized to perform: acm:ListCertificates',
    );
    aws.place(OWN_ACCOUNT, 'us-east-1').acm.failures = { ListCertificates: denied };
    aws.buckets.set('trust', { objects: new Map(), readers: new Set(['nobody']) });
    const { stdout, stderr } = await audit();
    expect(stdout).toContain(`blind     acm/${OWN_ACCOUNT}/us-east-1: access was denied`);
    expect(stdout).toContain(
      '→ allow acm:ListCertificates, acm:DescribeCertificate and acm:GetCertificate in account',
    );
    expect(stdout).toContain('blind     s3://trust/prod/ca.pem');
    expect(stdout).toContain(
      'allow s3:GetObjectVersion on arn:aws:s3:::trust/prod/ca.pem, and s3:ListBucket',
    );
    expect(stderr).toContain('blind to 2');
  });

  it('audit writes lines of JSON as they are documented', async () => {
    const lines = jsonLines((await audit('--json')).stdout);
    const summary = lines.pop();
    expect(documented.faults(summary, 'Audit summary')).toEqual([]);
    expect(lines.flatMap((line) => documented.faults(line, 'Audited target'))).toEqual([]);
    expect(lines).toHaveLength(9);
  });

  it('audit writes a configuration that can be deployed, and never over another one', async () => {
    const path = join(folder, 'found.yaml');
    await audit('--write-config', path);
    const config = parseConfig(await readFile(path, 'utf8'), path, {});
    expect(config.aws).toMatchObject({ regions: ['eu-west-1'], truststores: ['trust/prod/ca.pem'] });
    expect((await audit('--write-config', path)).stderr).toContain(
      'the file exists already and is left as it is',
    );
  });

  it('audit says what a wrong region should have been', async () => {
    expect(await runCommand(['audit', '--region', 'Ireland'])).toMatchObject({
      code: 3,
      stderr: 'got the region "Ireland"; wanted one such as eu-west-1.',
    });
  });

  it('test-alert reaches confirmed routes and tells of the others', async () => {
    aws.topics
      .get(TOPIC)
      ?.subscriptions.push(
        { protocol: 'email', endpoint: 'a@example.com', confirmed: true },
        { protocol: 'email', endpoint: 'pay@example.com', confirmed: true, filter: { owner: ['payments'] } },
        { protocol: 'sms', endpoint: '+15550100', confirmed: true, filter: { rung: ['last', 'expired'] } },
        { protocol: 'email', endpoint: 'late@example.com', confirmed: false },
      );
    const { code, stdout } = await runCommand(['test-alert', '--topic', TOPIC]);
    expect(code).toBe(3);
    expect(stdout).toContain('late@example.com  NOT CONFIRMED');
    const delivered = aws.topics.get(TOPIC)?.published.flatMap((each) => each.delivered) ?? [];
    expect(delivered.map(({ endpoint }) => endpoint)).toEqual([
      'a@example.com',
      '+15550100',
      'a@example.com',
      'pay@example.com',
      '+15550100',
    ]);
    expect(delivered.at(-1)?.text).toMatch(/^NotAfter TEST/);
    const [line] = jsonLines((await runCommand(['test-alert', '--topic', TOPIC, '--json'])).stdout);
    expect(documented.faults(line, 'Test alert')).toEqual([]);
  });

  it('test-alert says that there is no such topic', async () => {
    const missing = `${TOPIC}2`;
    const { code, stderr } = await runCommand(['test-alert', '--topic', missing]);
    expect(code).toBe(3);
    expect(stderr).toContain('there is no such topic: check its ARN, or deploy again');
  });
});
