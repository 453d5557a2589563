import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expiring } from '../../lib/store/expiring.ts';
import { latestRuns } from '../../lib/store/runs.ts';
import { listSources } from '../../lib/store/sources.ts';
import { listTargets } from '../../lib/store/targets.ts';
import { runCommand } from '../cli/command.ts';
import { all } from '../store/store-under-test.ts';
import { OWN_ACCOUNT } from '../support/aws/stand-in.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { mint } from '../support/pki.ts';
import { type Account, acmCertificate, DOMAIN_HOST, openAccount, WEBHOOK_KEY } from './account.ts';

const HOUR = 3_600_000;
const TRUSTSTORE = `truststore:s3://my-truststores/prod/ca.pem@${OWN_ACCOUNT}/eu-west-1`;
const API = `endpoint:${DOMAIN_HOST}:443#api.example.com`;

/** One test after the other, as the days of one deployment go by. */
describe('the deployed monitor, from its synthesized assets', () => {
  let account: Account;
  beforeAll(async () => {
    account = await openAccount();
  });
  afterAll(() => account.close());

  it('finds what the account depends on', async () => {
    const { table } = account.deployment;
    await account.round();
    const targets = await all(listTargets(table));
    expect(targets.map(({ target }) => target.id).sort()).toEqual([
      `acm:${OWN_ACCOUNT}/eu-west-1/api`,
      `domain:${OWN_ACCOUNT}/eu-west-1/api.example.com`,
      API,
      'endpoint:127.0.0.3:443',
      TRUSTSTORE,
    ]);
    const owned = targets.filter(({ target }) => target.owner !== null).map(({ target }) => target);
    expect(owned).toMatchObject([{ kind: 'acm', owner: 'platform', tags: { team: 'platform' } }]);
    const sources = await listSources(table);
    expect(sources.map(({ source, firstCompleteAt }) => [source, firstCompleteAt !== null])).toEqual([
      [`acm/${OWN_ACCOUNT}/eu-west-1`, true],
      [`acm/${OWN_ACCOUNT}/us-east-1`, true],
      [`apigateway/${OWN_ACCOUNT}/eu-west-1`, true],
      [`apigateway/${OWN_ACCOUNT}/us-east-1`, true],
      ['endpoint', true],
    ]);
    const [run] = (await latestRuns(table, 10)).filter(({ finishedAt }) => finishedAt !== null);
    expect(run).toMatchObject({ planned: 2, observed: 2, failed: 0 });
  });

  it('says on the first day what there is, once, to a queue that listens', async () => {
    const said = account.texts().join('\n');
    expect(said).toContain('CA Partner CA expires in 19 d');
    expect(said).toContain('version v2 lies in S3, but api.example.com still uses v1');
    expect(said).toContain('127.0.0.3 expires in');
    expect(account.heard()).toEqual([
      'NotAfter: First look: 2 findings [- critical]',
      'NotAfter: First look: 3 findings [- critical]',
    ]);
    account.pass(HOUR);
    await account.round();
    await account.probeRound();
    expect(account.heard()).toEqual([]);
  });

  it('said it as events on the bus and to the webhook of the secret, too', () => {
    const { events } = account.deployment.aws;
    expect(
      events.map(({ detailType, detail }) => [detailType, (detail['digest'] as { class: string }).class]),
    ).toEqual(Array.from({ length: 5 }, () => ['NotAfter Alert', 'baseline']));
    expect(account.posted.map(({ body }) => (JSON.parse(body) as { title: string }).title)).toEqual([
      'First look: 2 findings',
      'First look: 3 findings',
    ]);
    for (const { signature, body } of account.posted) {
      const [, time, mac] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? [];
      expect(mac).toBe(createHmac('sha256', WEBHOOK_KEY).update(`${time}.${body}`).digest('hex'));
    }
  });

  it('says every week what it watches and what it cannot see', async () => {
    await account.deployment.schedule(({ task }) => task === 'report');
    expect(account.heard()).toEqual([
      'NotAfter: weekly report, watching 5 targets in 2 regions, blind to 0 [- notice]',
    ]);
    expect(account.texts().at(-1)).toContain('watched: 2 endpoint, 1 truststore, 1 acm, 1 domain');
  });

  it('answers the command line, which changes what is probed without a deployment', async () => {
    const { aws, table, schedule } = account.deployment;
    const environment = {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'PERSON',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const notafter = (...args: string[]) => runCommand([...args, '--table', table.name]);
    expect((await notafter('targets', 'add', `${DOMAIN_HOST}:443`)).stderr).toContain('1 added');
    await schedule(({ task }) => task === 'evaluate');
    expect((await notafter('show', `endpoint:${DOMAIN_HOST}:443`)).stdout).toContain('a command');
    expect((await notafter('history', `endpoint:${DOMAIN_HOST}:443`)).stdout).toContain('first seen');
    expect((await notafter('list', '--kind', 'truststore')).stdout).toContain('Partner CA');
    expect((await notafter('show', 's3://my-truststores/prod/ca.pem')).stdout).toContain(
      'version v1 by api.example.com',
    );
    expect((await notafter('alerts')).stdout).toContain('accepted by sns');
    expect((await notafter('status')).stdout).toContain('watching 6 targets in 2 regions, blind to 0.');
    // What waits to be said is the monitor's to say.
    expect((await notafter('run')).stderr).toContain('is that of a deployed monitor (stack:NotAfter');
    expect((await notafter('targets', 'remove', `endpoint:${DOMAIN_HOST}:443`)).code).toBe(0);
    // What the stack names can only be taken away by a deployment.
    expect((await notafter('targets', 'remove', '127.0.0.3:443')).stderr).toContain(
      'is named by stack:NotAfter',
    );
    vi.unstubAllEnvs();
    await schedule(({ task }) => task === 'evaluate');
    account.heard();
  });

  it('keeps to two calls a second at the control plane of API Gateway', () => {
    const { calls } = account.deployment.aws.place(OWN_ACCOUNT, 'eu-west-1').apiGateway;
    const gaps = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(450);
  });

  it('says that a certificate was replaced, after a second look', async () => {
    const renewed = await mint({
      subject: 'CN=127.0.0.3',
      issuer: account.root,
      names: ['127.0.0.3'],
      days: 80,
    });
    account.legacy.present([renewed, account.root]);
    // What is not critical waits for an hour, in case that more of it comes.
    for (let look = 0; look < 3; look += 1) {
      account.pass(2 * HOUR);
      await account.probeRound();
    }
    expect(account.heard()).toEqual([
      'NotAfter: WARNING: 1 finding [- warning]',
      // That nobody trusts it is as true of the new one: no all-clear of that.
      'NotAfter: Resolved: 1 finding [- critical]',
    ]);
  });

  it('tells when ACM has renewed and the endpoint still serves the old one a day later', async () => {
    const { aws } = account.deployment;
    const renewed = await mint({
      subject: 'CN=api.example.com',
      issuer: account.root,
      names: ['api.example.com'],
      days: 200,
    });
    aws.place(OWN_ACCOUNT, 'eu-west-1').acm.certificates = [acmCertificate(renewed)];
    await account.deployment.emit({
      source: 'aws.acm',
      id: 'event-1',
      account: OWN_ACCOUNT,
      region: 'eu-west-1',
      'detail-type': 'ACM Certificate Available',
    });
    account.pass(23 * HOUR);
    await account.round();
    await account.probeRound();
    // Before it speaks of anything else: nobody had listed anything for so long.
    account.heard();
    account.pass(23 * HOUR);
    await account.round();
    await account.probeRound();
    expect(account.texts().at(-1)).toContain('still serves api.example.com, which ACM replaced');
    expect(account.heard()).toEqual(['NotAfter: CRITICAL: 1 finding [- critical]']);
  });

  it('sends a canary through every day, which disturbs nobody', async () => {
    const { aws, schedule, table } = account.deployment;
    const canaries = () => {
      const [, topic] = [...aws.topics].find(([arn]) => /Canaries\w*$/.test(arn)) ?? [];
      return topic?.published;
    };
    for (let day = 1; day <= 3; day += 1) {
      await schedule(({ task }) => task === 'canary');
      await schedule(({ task }) => task === 'evaluate');
      expect(canaries()).toHaveLength(day);
      account.pass(HOUR);
    }
    expect(account.heard().filter((title) => /canary/i.test(title))).toEqual([]);
    const known = [
      ...(await all(expiring(table, { before: new Date('2100-01-01') }))),
      ...(await all(listTargets(table))),
    ];
    expect(JSON.stringify(known)).not.toContain('canary');
  });

  it('has put nothing on the bus but what the schema describes', async () => {
    const page = new URL('../../docs/alert-event.schema.json', import.meta.url);
    const schema = JSON.parse(await readFile(page, 'utf8')) as object;
    const taken = account.deployment.aws.events;
    expect(taken.flatMap(({ detail }) => schemaFaults(detail, schema))).toEqual([]);
    const classes = taken.map(({ detail }) => (detail['digest'] as { class: string }).class);
    expect(new Set(classes)).toEqual(new Set(['baseline', 'news', 'closed']));
  });
});
