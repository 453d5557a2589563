import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TargetRecord } from '../../lib/core/inventory.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import { withdrawTarget } from '../../lib/run/withdraw-target.ts';
import { expiring } from '../../lib/store/expiring.ts';
import { listHistory } from '../../lib/store/history.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { latestRuns } from '../../lib/store/runs.ts';
import { sightingsOf } from '../../lib/store/sightings.ts';
import { listSources } from '../../lib/store/sources.ts';
import { listTargets, putTarget } from '../../lib/store/targets.ts';
import { all } from '../store/store-under-test.ts';
import { DAY, HOUR, iso, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { serveSilence, serveTls, type TestServer } from '../support/tls-servers.ts';
import { bundle, endpoint, heard, itemsOf, world } from './world.ts';

const here = world();

let root: Issued;
let server: TestServer;
let dying: Issued;
let healthy: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 7300 });
  const days = (subject: string, left: number) =>
    mint({
      subject: `CN=${subject}`,
      issuer: root,
      names: ['127.0.0.1'],
      notBefore: later((left - 90) * DAY, new Date()),
      days: left,
    });
  [dying, healthy] = await Promise.all([days('dying.test', 5), days('healthy.test', 80)]);
  server = await serveTls([dying]);
  return () => server.close();
});

const fingerprint = ({ x509 }: Issued) => x509.fingerprint256.replaceAll(':', '').toLowerCase();
const watched = async (rest: Parameters<typeof endpoint>[2] = {}) =>
  endpoint('127.0.0.1', server.port, { ca: await here.file('ca.pem', root), ...rest });
const events = async (id: string) =>
  (await all(listHistory(here.table, id))).map(({ event, at }) => [event, at]);

describe('a target that is taken out of the configuration', () => {
  it('closes as no longer watched, and its certificates are seen there no more', async () => {
    const gone = await watched({ owner: 'payments' });
    const other = bundle('file', await here.file('healthy.pem', healthy));
    await here.run([gone, other]);
    here.pass({ hours: 1 });
    const { told, withdrawn, run, openSeverity } = await here.run([other]);
    expect(withdrawn).toBe(1);
    expect(run.targets).toBe(1);
    expect(openSeverity).toBeNull();
    expect(heard(told)).toEqual(['payments closed: withdrawn expiring critical']);
    expect(told[0]?.alerts[0]?.message).toMatch(/^no longer watched \(it was: dying\.test until/);
    expect(await all(sightingsOf(here.table, fingerprint(dying)))).toEqual([]);
    here.pass({ days: 2 });
    expect((await here.run([other])).told).toEqual([]);
  });

  it('is watched again when it returns: at once, listed, and with its findings open', async () => {
    const target = await watched();
    await here.run([target]);
    const first = iso(here.now);
    here.pass({ hours: 2 });
    const gone = iso(here.now);
    await here.run([]);
    here.pass({ minutes: 5 });
    // Not due by its cadence.
    const { run, told } = await here.run([target], { all: false });
    expect(run.planned).toBe(1);
    expect(heard(told)).toEqual(['- news: opened expiring critical']);
    expect(await all(sightingsOf(here.table, fingerprint(dying)))).toMatchObject([{ target: target.id }]);
    const { ledger } = await readTarget(here.table, target.id);
    expect(ledger.map(({ state, episode }) => [state, episode])).toEqual([['open', 2]]);
    expect(await events(target.id)).toEqual([
      ['first_seen', first],
      ['withdrawn', gone],
      ['first_seen', iso(here.now)],
    ]);
    here.pass({ minutes: 1 });
    expect((await here.run([target], { all: false })).run.planned).toBe(0);
    here.pass({ days: 1 });
    expect((await here.run([target])).told).toEqual([]);
  });

  it('stays where a command added it as well', async () => {
    const target = await watched();
    await putTarget(here.table, { target, origin: 'command', addedAt: iso(here.now) });
    await here.run([target]);
    here.pass({ hours: 1 });
    const { withdrawn, run } = await here.run([]);
    expect([withdrawn, run.targets]).toEqual([0, 1]);
    const [record] = await all(listTargets(here.table));
    expect(record).toMatchObject({ origin: 'command', target: { id: target.id } });
  });
});

describe('the list of targets', () => {
  it('keeps everything where there is no configuration', async () => {
    await here.run([await watched()]);
    here.pass({ days: 1 });
    const { run, withdrawn } = await here.run([], { configured: undefined as never });
    expect([run.targets, run.observed, withdrawn]).toEqual([1, 1, 0]);
  });

  it('moves what an owner has to another one, although no certificate changed', async () => {
    await here.run([await watched({ owner: 'payments' })]);
    here.pass({ days: 1 });
    await here.run([await watched({ owner: 'platform' })]);
    const owned = async (owner: string) =>
      (await all(expiring(here.table, { before: later(400 * DAY), owner }))).map((each) => each.owner);
    expect(await owned('payments')).toEqual([]);
    expect(await owned('platform')).toEqual(['platform']);
  });

  it('completes what commands added with the defaults of the configuration, and tells that owner of the end', async () => {
    await putTarget(here.table, { target: await watched(), origin: 'command', addedAt: iso(here.now) });
    const { told } = await here.run([], { defaults: { owner: 'platform' } });
    expect(heard(told)).toEqual(['platform baseline: baseline expiring critical']);

    const [record] = await all(listTargets(here.table));
    await withdrawTarget(here.table, record as TargetRecord, DEFAULT_POLICY, here.now);
    expect(heard((await here.run([])).told)).toEqual(['platform closed: withdrawn expiring critical']);
  });
});

describe('a run', () => {
  it('looks at what is due, and at everything when told so', async () => {
    const near = await watched();
    const far = bundle('file', await here.file('healthy.pem', healthy));
    const first = await here.run([near, far], { all: false });
    expect(first.run.planned).toBe(2);
    // Five days remain, a sixteenth of which is between six hours and a day. Nine tenths of six hours are enough.
    expect(first.nextDueAt).toEqual(later(5.4 * HOUR, here.now));
    here.pass({ hours: 5 });
    expect((await here.run([near, far], { all: false })).run.planned).toBe(0);
    here.pass({ hours: 1 });
    const accepted = server.accepted();
    expect((await here.run([near, far], { all: false })).run.planned).toBe(1);
    expect(server.accepted()).toBe(accepted + 1);
    expect((await here.run([near, far])).run.planned).toBe(2);
  });

  it('leaves a record of itself and of every source', async () => {
    const dead = bundle('file', '/nowhere/dead.pem');
    const { run } = await here.run([await watched(), dead]);
    expect(run).toEqual({
      id: run.id,
      startedAt: iso(here.now),
      finishedAt: iso(here.now),
      targets: 2,
      planned: 2,
      observed: 1,
      failed: 1,
      alerts: 1,
      digests: 1,
    });
    expect(await latestRuns(here.table, 5)).toEqual([run]);
    const health = { lastRunAt: iso(here.now), listed: 1, skipped: 0 };
    expect(await listSources(here.table)).toEqual([
      { source: 'endpoint', ...health, firstCompleteAt: iso(here.now), parsed: 1, denied: 0 },
      { source: 'file', ...health, firstCompleteAt: null, parsed: 0, denied: 1 },
    ]);
  });

  it('is listed after the one before it, although both began within a second', async () => {
    const target = await watched();
    const ids: string[] = [];
    for (let run = 0; run < 6; run += 1) {
      ids.unshift((await here.run([target])).run.id);
      here.pass({ minutes: 0.1 / 60 });
    }
    expect((await latestRuns(here.table, 6)).map(({ id }) => id)).toEqual(ids);
  });

  it('is refused by a clock that has jumped back, and changes nothing', async () => {
    const target = await watched();
    await here.run([target]);
    const before = await itemsOf(here.table);
    here.pass({ hours: -1 });
    await expect(here.run([])).rejects.toThrow(/the clock of this host says .* nothing was changed/);
    expect(await itemsOf(here.table)).toEqual(before);
    here.pass({ minutes: 57 });
    await expect(here.run([target])).resolves.toMatchObject({ told: [] });
  });

  it('ends at once when it is told to, although a server says nothing, and writes nothing of it', async () => {
    const silent = await serveSilence();
    onTestFinished(() => silent.close());
    const stop = new AbortController();
    const hanging = endpoint('127.0.0.1', silent.port);
    const ended = here.run([hanging], {
      signal: stop.signal,
      collector: { timeoutMs: 600_000, concurrency: 1 },
      onPlan: () => setTimeout(() => stop.abort(new Error('told to stop')), 50),
    });
    await expect(ended).rejects.toThrow('told to stop');
    expect((await readTarget(here.table, hanging.id)).state).toBeUndefined();
  });

  it('takes the policy that it is given', async () => {
    const dead = bundle('file', '/nowhere/dead.pem');
    const { told } = await here.run([dead], { policy: { ...DEFAULT_POLICY, unreachableAfter: 1 } });
    expect(heard(told)).toEqual(['- baseline: baseline could-not-observe warning']);
  });
});
