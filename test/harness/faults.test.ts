import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readStatus } from '../../lib/run/read-status.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { listSources } from '../../lib/store/sources.ts';
import { listTargets } from '../../lib/store/targets.ts';
import { all } from '../store/store-under-test.ts';
import { Fault } from '../support/aws/protocol.ts';
import { OWN_ACCOUNT } from '../support/aws/stand-in.ts';
import { serveSilence } from '../support/tls-servers.ts';
import { type Account, acmCertificate, DOMAIN_HOST, openAccount } from './account.ts';
import { allowedIn, covers } from './iam.ts';

const HOUR = 3_600_000;
const DENIED = new Fault(
  'AccessDeniedException',
  'User: notafter is not authorized to perform: acm:ListCertificates',
  400,
);
const CONFIG = `
alerts: { email: [api-team@example.com], remindEvery: never }
# Everything is on this machine here, which the egress guard refuses unless it is named.
allow: [127.0.0.0/8]
aws:
  regions: [eu-west-1]
  truststores: [my-truststores/prod]
  accounts: [{ id: "222222222222", externalId: abcdef }]
ownership: [{ owner: platform, tags: { team: platform } }]
webhook: { secret: notafter/webhook, format: slack }
targets: ["127.0.0.3:443"]
`;
const WEBHOOK_SECRET = 'notafter/webhook';

describe('the deployed monitor among faults', () => {
  let account: Account;
  let secret = '';
  const place = (region: string, id = OWN_ACCOUNT) => account.deployment.aws.place(id, region);
  const messagesIn = async (queue: string) => {
    const { deployment } = account;
    const { Attributes } = await deployment.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: deployment.queueUrl(queue),
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages);
  };
  const watched = async () =>
    (await all(listTargets(account.deployment.table)))
      .filter(({ withdrawnAt }) => withdrawnAt === undefined)
      .map(({ target }) => target.id);

  beforeAll(async () => {
    account = await openAccount(CONFIG);
    const { aws } = account.deployment;
    aws.roles.set('arn:aws:iam::222222222222:role/NotAfterReader', {
      account: '222222222222',
      externalId: 'abcdef',
    });
    place('eu-west-1', '222222222222').acm.certificates.push(
      ...Array.from({ length: 9 }, (_, index) => ({
        ...acmCertificate(account.leaf),
        arn: `arn:aws:acm:eu-west-1:222222222222:certificate/${index}`,
      })),
    );
    place('us-east-1').acm.failures = { ListCertificates: DENIED };
    secret = aws.secrets.get(WEBHOOK_SECRET) ?? '';
    aws.secrets.delete(WEBHOOK_SECRET);
    const bucket = aws.buckets.get('my-truststores');
    if (bucket !== undefined) aws.buckets.set('my-truststores', { ...bucket, readers: new Set(['nobody']) });
  });
  afterAll(() => account.close());

  it('lets one source fail and the others finish, and says what to grant', async () => {
    await account.round();
    expect(await watched()).toContain(`acm:${OWN_ACCOUNT}/eu-west-1/api`);
    expect(await watched()).toContain('acm:222222222222/eu-west-1/8');
    const status = await readStatus(account.deployment.table);
    expect(status.sentence).toMatch(/^watching \d+ targets in 2 regions, blind to 2$/);
    expect(status.blind.map(({ what, failure, remedy }) => [what, failure.reason, remedy])).toEqual([
      [
        `acm/${OWN_ACCOUNT}/us-east-1`,
        'access_denied',
        expect.stringContaining('allow acm:ListCertificates, acm:DescribeCertificate and acm:GetCertificate'),
      ],
      [
        's3://my-truststores/prod/ca.pem',
        'object_missing_or_denied',
        expect.stringContaining('truststores: [my-truststores/prod/ca.pem]'),
      ],
    ]);
  });

  it('tells the others when the webhook cannot be called, and the webhook as soon as it can', async () => {
    const { aws, functions, schedule } = account.deployment;
    const [log = []] = [...functions].filter(([id]) => id.includes('Evaluate')).map(([, each]) => each.log);
    const pulse = async () => {
      const from = log.length;
      const [{ error } = {}] = await schedule(({ task }) => task === 'evaluate');
      expect(error).toBeUndefined();
      return log.slice(from).join('\n');
    };
    const heard = account.heard();
    expect(heard.length).toBeGreaterThan(0);
    expect(aws.events.length).toBeGreaterThan(0);

    const gone = await pulse();
    expect(gone).toContain(
      "the secret notafter/webhook of the webhook cannot be used: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    );
    expect(gone).toContain('"DeliveryFailures":1');
    aws.secrets.set(WEBHOOK_SECRET, '{"url": "https://hooks.example.com/hunter2"');
    expect(await pulse()).toContain('cannot be used: its value begins like JSON and is none');
    aws.secrets.set(WEBHOOK_SECRET, 'http://hooks.example.com/hunter2');
    expect(await pulse()).toContain('cannot be used: it holds not an https:// address');
    expect(account.posted).toEqual([]);

    aws.secrets.set(WEBHOOK_SECRET, secret);
    expect(await pulse()).toContain('"DeliveryFailures":0');
    expect(account.posted).toHaveLength(heard.length);
    expect(account.heard()).toEqual([]);
    expect(log.join('\n')).not.toMatch(/hunter2|thirty-two characters/);
    // It is read once, and then known.
    const read = () => aws.recorded.filter(({ action }) => action === 'secretsmanager:GetSecretValue').length;
    const before = read();
    await pulse();
    expect(read()).toBe(before);
  });

  it('takes nothing for gone when a listing fails on page 7 of 9', async () => {
    const { acm } = place('eu-west-1', '222222222222');
    acm.pageSize = 1;
    acm.failPage = { page: 7, fault: DENIED };
    acm.certificates = acm.certificates.slice(0, 8);
    const list = async () => {
      account.pass(HOUR);
      const event = { source: 'aws.acm', id: 'event', account: '222222222222', region: 'eu-west-1' };
      await account.deployment.emit(event);
    };
    await list();
    await list();
    expect((await watched()).filter((id) => id.startsWith('acm:222222222222'))).toHaveLength(9);
    delete acm.failPage;
    await list();
    // The first complete listing may have met it in the middle of a change.
    expect((await watched()).filter((id) => id.startsWith('acm:222222222222'))).toHaveLength(9);
    await list();
    expect((await watched()).filter((id) => id.startsWith('acm:222222222222'))).toHaveLength(8);
  });

  it('changes nothing when messages come twice or too late', async () => {
    const { deployment } = account;
    const id = `endpoint:${DOMAIN_HOST}:443#api.example.com`;
    const before = await readTarget(deployment.table, id);
    const now = Date.now() + deployment.world.shiftMs;
    const message = (startedAt: number, deadline: number) =>
      JSON.stringify({
        v: 1,
        run: 'again',
        chunk: '000001',
        ids: [id, id],
        startedAt: new Date(startedAt).toISOString(),
        deadline: new Date(deadline).toISOString(),
      });
    for (const body of [message(now - 10 * HOUR, now + HOUR), message(now - 10 * HOUR, now - HOUR)]) {
      await deployment.sqs.send(
        new SendMessageCommand({ QueueUrl: deployment.queueUrl('ProbeQueue'), MessageBody: body }),
      );
    }
    await deployment.drain();
    expect(await readTarget(deployment.table, id)).toEqual(before);
    const [log] = [...deployment.functions]
      .filter(([name]) => name.includes('Prober'))
      .map(([, each]) => each.log);
    expect(log?.join('\n')).toContain('"dropped":2');
  });

  it('loses nothing when a function is killed in the middle of a batch', async () => {
    const { deployment } = account;
    const { world } = deployment;
    const id = 'endpoint:127.0.0.3:443';
    const silent = await serveSilence({ address: '127.0.0.3' });
    const ports = { ...world.ports };
    world.ports['127.0.0.3'] = silent.port;
    account.pass(26 * HOUR);
    const round = deployment.schedule(({ task }) => task === 'probe');
    await vi.waitFor(() => expect(silent.accepted()).toBeGreaterThan(0), { timeout: 15_000, interval: 10 });
    world.ports = ports;
    for (const [name, each] of deployment.functions) if (name.includes('Prober')) each.kill();
    await round;
    await silent.close();
    const { state } = await readTarget(deployment.table, id);
    expect(state?.failures).toBe(0);
    expect(Date.parse(state?.observedAt ?? '')).toBeGreaterThan(Date.now() + world.shiftMs - HOUR);
  });

  it('puts a message that nobody understands aside, and goes on', async () => {
    const { deployment } = account;
    for (const queue of ['ProbeQueue', 'CollectQueue']) {
      await deployment.sqs.send(
        new SendMessageCommand({ QueueUrl: deployment.queueUrl(queue), MessageBody: '{"v":2}' }),
      );
    }
    await deployment.drain();
    expect(await messagesIn('ProbeDeadLetters')).toBe(1);
    expect(await messagesIn('CollectDeadLetters')).toBe(1);
  });

  it('lists no region that the configuration leaves out, whatever happens there', async () => {
    const { deployment } = account;
    await deployment.emit({
      source: 'aws.acm',
      id: 'event-elsewhere',
      account: OWN_ACCOUNT,
      region: 'ap-south-1',
      'detail-type': 'ACM Certificate Available',
    });
    await deployment.drain();
    const sources = await listSources(deployment.table);
    expect(sources.map(({ source }) => source)).not.toContain(`acm/${OWN_ACCOUNT}/ap-south-1`);
  });

  it('is allowed all that it does, and does all that it is allowed', async () => {
    const { deployment } = account;
    const bucket = deployment.aws.buckets.get('my-truststores');
    if (bucket !== undefined) deployment.aws.buckets.set('my-truststores', { objects: bucket.objects });
    delete place('us-east-1').acm.failures;
    account.pass(7 * HOUR);
    await account.deployment.schedule(({ task }) => task === 'canary');
    await account.round();
    await account.probeRound();

    const allowed = allowedIn(deployment);
    const calls = deployment.aws.recorded.map((call) => ({
      ...call,
      accessKey: call.accessKey.split('@')[0] ?? '',
    }));
    const own = calls.filter(({ accessKey }) => deployment.functions.has(accessKey));
    const refused = own.filter(
      (call) => !allowed.some((each) => each.function === call.accessKey && covers(each, call)),
    );
    expect(
      new Set(refused.map(({ accessKey, action, resource }) => `${accessKey} ${action} ${resource}`)),
    ).toEqual(new Set());
    const idle = allowed.filter(
      (each) =>
        !own.some((call) => call.accessKey === each.function && covers(each, call)) &&
        !NEEDED.some(
          ([who, action, what]) =>
            each.action === action && each.function.includes(who) && each.resource.includes(what),
        ),
    );
    expect(
      new Set(idle.map(({ function: name, action, resource }) => `${name} ${action} ${resource}`)),
    ).toEqual(new Set());
  });
});

/** Permissions that no call of this test shows: of which function, on what, and why they are needed. */
const NEEDED: readonly (readonly [who: string, action: string, what: string, why: string])[] = [
  ['', 'logs:CreateLogStream', '', 'Lambda itself writes the log'],
  ['', 'logs:PutLogEvents', '', 'Lambda itself writes the log'],
  ['', 'sqs:ReceiveMessage', '', 'Lambda itself polls'],
  ['', 'sqs:DeleteMessage', '', 'Lambda itself deletes what was dealt with'],
  ['', 'sqs:GetQueueAttributes', '', 'Lambda itself scales by them'],
  ['', 'sqs:ChangeMessageVisibility', '', 'Lambda itself lets go of what failed'],
  ['', 'sqs:GetQueueUrl', '', 'Lambda itself finds the queue'],
  ['', 'sqs:SendMessage', 'Failures', 'Lambda itself sends there what failed for good'],
  [
    'Collector',
    'dynamodb:Query',
    'index/gsi1',
    'what is open is recalled although its source cannot be read',
  ],
  ['Evaluate', 'dynamodb:GetItem', 'table', 'a write that met another one is looked up: whose was it'],
  ['Evaluate', 'sqs:SendMessage', 'CollectQueue', 'a rung that begins has its source listed again'],
  ['Dispatch', 'dynamodb:Query', 'table', 'a target taken out of the configuration is withdrawn'],
  ['Dispatch', 'dynamodb:BatchGetItem', 'table', 'a target taken out of the configuration is withdrawn'],
  ['Dispatch', 'dynamodb:UpdateItem', 'table', 'a target taken out of the configuration is withdrawn'],
  ['', 's3:ListBucket', '', 'no call: it makes S3 tell a missing object from a denied one'],
];
