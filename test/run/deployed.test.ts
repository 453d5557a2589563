import { beforeEach, describe, expect, it } from 'vitest';
import type { Definitions } from '../../lib/config/definitions.ts';
import { DEFAULT_PROBING } from '../../lib/config/probing.ts';
import type { Digest } from '../../lib/core/alert.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { TargetState } from '../../lib/core/state.ts';
import type { EndpointTarget } from '../../lib/core/target.ts';
import { applyDefinitions } from '../../lib/run/apply-definitions.ts';
import { dispatchCollect, dispatchProbes } from '../../lib/run/dispatch.ts';
import { evaluateAll } from '../../lib/run/evaluate.ts';
import { type Look, look } from '../../lib/run/look.ts';
import { type ProbeMessage, parseCollectMessage, parseProbeMessage } from '../../lib/run/messages.ts';
import { probeChunk, readOccasion } from '../../lib/run/probe-chunk.ts';
import type { Queues } from '../../lib/run/queues.ts';
import { record } from '../../lib/run/record.ts';
import { retireSources } from '../../lib/run/retire-sources.ts';
import { sourceOfTarget } from '../../lib/run/source-of-target.ts';
import { putDiscovered } from '../../lib/store/discovered.ts';
import { listDue } from '../../lib/store/due.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { putSource } from '../../lib/store/sources.ts';
import { recordState, targetsByCadence } from '../../lib/store/state.ts';
import type { Table } from '../../lib/store/table.ts';
import { getTarget } from '../../lib/store/targets.ts';
import { all, storeUnderTest } from '../store/store-under-test.ts';
import { certificate, DAY, endpointTarget, HOUR } from '../support/facts.ts';
import { isRead, Killed, tableThrough } from './pipeline.ts';
import { replaceItems } from './world.ts';

const HOME = { account: '111111111111', region: 'eu-west-1' };

describe('the rounds of a deployed monitor', () => {
  const store = storeUnderTest();
  let table: Table;
  let now: Date;
  let failing: Set<string>;
  const sent = { probe: [] as string[], internal: [] as string[], collect: [] as string[] };
  const queues: Queues = {
    probe: new Map([
      ['', async (bodies) => void sent.probe.push(...bodies)],
      ['internal', async (bodies) => void sent.internal.push(...bodies)],
    ]),
    collect: async (bodies) => void sent.collect.push(...bodies),
  };
  const definitions = (targets: readonly EndpointTarget[]): Definitions => ({
    origin: 'stack:Test',
    targets,
    defaults: {},
    ...DEFAULT_PROBING,
    unreachableAfter: 3,
    aws: {
      regions: [],
      accounts: [{ id: '222222222222', role: 'NotAfterReader' }],
      truststores: [],
      sources: { acm: true, apigateway: false },
      probeDomains: true,
    },
    networks: ['internal'],
    alerts: { email: 0, sms: 0, remindEvery: null, impairedShare: 0.5, smsPerMonth: 0, textedOwners: [] },
  });
  beforeEach(async () => {
    await replaceItems(store(), []);
    table = { ...store() };
    now = new Date('2026-11-20T12:00:00Z');
    failing = new Set();
    for (const list of Object.values(sent)) list.length = 0;
  });

  const apply = (targets: readonly EndpointTarget[]) =>
    applyDefinitions(table, definitions(targets), DEFAULT_POLICY, now);
  const hosts = (count: number) =>
    Array.from({ length: count }, (_, index) => endpointTarget(`api-${index}.test`));
  const leaf = certificate('leaf', {
    subjectAltNames: [{ type: 'dns', value: '*.test' }],
    notAfter: '2027-11-20T12:00:00Z',
  });

  const probe = async (message: ProbeMessage, timeLeftMs = 600_000) =>
    probeChunk(message, {
      table,
      collector: {
        collect: async (target) =>
          failing.has(target.id)
            ? {
                kind: 'endpoint',
                observedAt: now,
                addresses: [],
                addressesKnown: 0,
                failure: { reason: 'connect_timeout' },
              }
            : {
                kind: 'endpoint',
                observedAt: now,
                addressesKnown: 1,
                addresses: [
                  {
                    address: '192.0.2.1',
                    elapsedMs: 1,
                    answer: {
                      chain: {
                        certificates: [leaf],
                        path: [0],
                        anchor: { fingerprint: 'a'.repeat(64), subject: 'CN=Anchor', notAfter: null },
                        verdict: null,
                      },
                      protocol: 'TLSv1.3',
                      cipher: null,
                      keyExchangeGroup: null,
                      clientCertificateRequired: false,
                    },
                  },
                ],
              },
        close: () => undefined,
      },
      policy: DEFAULT_POLICY,
      occasion: await readOccasion(table),
      now: () => now,
      timeLeftMs: () => timeLeftMs,
      timeoutMs: 10_000,
      concurrency: 10,
    });
  /** Evaluation, then everything that it sent to the public queue. */
  const beat = async () => {
    const told: Digest[] = [];
    const channels = [{ name: 'test', deliver: async (digest: Digest) => void told.push(digest) }];
    const result = await evaluateAll({
      table,
      queues,
      channels,
      policy: DEFAULT_POLICY,
      now: () => now,
      fence: () => undefined,
    });
    for (const body of sent.probe.splice(0)) await probe(parseProbeMessage(body));
    now = new Date(now.getTime() + 1_000);
    return { ...result, told };
  };

  it('bring the list up to date once, and have what is new looked at', async () => {
    const [first, second] = hosts(2) as [EndpointTarget, EndpointTarget];
    expect(await apply([first, { ...second, network: 'internal' }])).toEqual({
      added: 2,
      changed: 0,
      withdrawn: 0,
    });
    expect(await apply([first, { ...second, network: 'internal' }])).toBeNull();
    expect(await all(listDue(table))).toHaveLength(2);
    await beat();
    expect(sent.internal.map((body) => parseProbeMessage(body).ids)).toEqual([[second.id]]);
    // What was looked at is forgotten; what nobody looked at yet is asked for again.
    now = new Date(now.getTime() + 300_000);
    await beat();
    await beat();
    expect((await all(listDue(table))).map(({ target }) => target)).toEqual([second.id]);
    expect(sent.internal.length).toBeGreaterThan(1);
    expect(await apply([first])).toEqual({ added: 0, changed: 0, withdrawn: 1 });
  });

  it('have a new target looked at although its first message was lost', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    await evaluateAll({
      table,
      queues,
      channels: [],
      policy: DEFAULT_POLICY,
      now: () => now,
      fence: () => undefined,
    });
    expect(sent.probe.splice(0)).toHaveLength(1);
    now = new Date(now.getTime() + 3_600_000);
    await beat();
    expect((await readTarget(table, target.id)).state?.seenAt).not.toBeNull();
    expect((await readTarget(table, target.id)).state).toBeDefined();
  });

  it('note what is new before they store it, so that nothing is forgotten where they are cut short', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    let writes = 0;
    const dying = tableThrough(table, async (command, send) => {
      if (isRead(command)) return send();
      writes += 1;
      if (writes > 2) throw new Killed();
      return send();
    });
    await expect(applyDefinitions(dying, definitions([target]), DEFAULT_POLICY, now)).rejects.toBeInstanceOf(
      Killed,
    );
    expect(await getTarget(table, target.id)).toBeDefined();
    expect((await all(listDue(table))).map(({ target: id }) => id)).toEqual([target.id]);
  });

  it('say what is to be said although a queue refuses, and that it did', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    const refusing: Queues = {
      probe: new Map([
        [
          '',
          async () => {
            throw new Error('the queue takes no messages');
          },
        ],
      ]),
      collect: async () => undefined,
    };
    await putSource(table, {
      source: 'acm/111111111111/eu-west-1',
      lastRunAt: '2026-11-01T00:00:00Z',
      lastSuccessAt: '2026-11-01T00:00:00Z',
      firstCompleteAt: '2026-11-01T00:00:00Z',
      listed: 0,
      parsed: 0,
      skipped: 0,
      denied: 0,
    });
    const told: Digest[] = [];
    const channels = [{ name: 'test', deliver: async (digest: Digest) => void told.push(digest) }];
    const evaluation = evaluateAll({
      table,
      queues: refusing,
      channels,
      policy: DEFAULT_POLICY,
      now: () => now,
      fence: () => undefined,
    });
    expect((await evaluation).trouble?.message).toBe('the queue takes no messages');
    expect(told.flatMap(({ alerts }) => alerts.map(({ check }) => check))).toEqual(['source-failing']);
  });

  it('close what was found at a target while it was taken off the list', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    await beat();
    const record_ = await getTarget(table, target.id);
    failing.add(target.id);
    const failure = { reason: 'connect_timeout' } as const;
    const observation = {
      kind: 'endpoint',
      observedAt: now,
      addresses: [],
      addressesKnown: 0,
      failure,
    } as const;
    const policy = { ...DEFAULT_POLICY, unreachableAfter: 1 };
    if (record_ === undefined) throw new Error('it was stored');
    const seen = await look(
      table,
      { collect: async () => observation, close: () => undefined },
      record_,
      policy,
    );
    await apply([]);
    await record(table, seen as Look, { policy, impaired: false, baseline: false, acknowledgements: [] });
    const { ledger } = await readTarget(table, target.id);
    expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
  });

  it('hand out a class of cadence in messages of fifty, and take a withdrawn target out of it', async () => {
    const targets = hosts(60);
    await apply(targets);
    await beat();
    expect((await dispatchProbes(table, queues, '1d', now)).chunks).toBe(2);
    await apply(targets.slice(1));
    expect(await all(targetsByCadence(table, '1d'))).toHaveLength(59);
    // What comes back is found again.
    await apply(targets);
    await beat();
    expect(await all(targetsByCadence(table, '1d'))).toHaveLength(60);
  });

  it('withdraw again what came back while it was being looked at', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    await dispatchProbes(table, queues, '1d', now);
    await beat();
    const picture = await readTarget(table, target.id);
    await apply([]);
    await recordState(table, picture.state as TargetState, undefined);
    expect(await all(targetsByCadence(table, '1d'))).toHaveLength(1);
    now = new Date(now.getTime() + DAY);
    await dispatchProbes(table, queues, '1d', now);
    await beat();
    expect(await all(targetsByCadence(table, '1d'))).toEqual([]);
  });

  it('ask for every source, account and region', async () => {
    await dispatchCollect(queues, definitions([]), HOME, now);
    expect(
      sent.collect
        .map((body) => parseCollectMessage(body))
        .map(({ account, region }) => `${account} ${region}`),
    ).toEqual([
      '111111111111 eu-west-1',
      '111111111111 us-east-1',
      '222222222222 eu-west-1',
      '222222222222 us-east-1',
    ]);
  });

  it('let go of a source that is not defined any more, and of what only it listed', async () => {
    const source = 'acm/111111111111/eu-central-1';
    const arn = 'arn:aws:acm:eu-central-1:111111111111:certificate/x';
    const place = { account: '111111111111', region: 'eu-central-1' };
    const target = {
      kind: 'acm',
      id: `acm:111111111111/eu-central-1/x`,
      place,
      arn,
      name: 'x',
      owner: null,
      tags: {},
    } as const;
    const at = now.toISOString();
    await putDiscovered(table, source, { target, origin: 'discovered', config: source, addedAt: at });
    await putSource(table, {
      source,
      lastRunAt: at,
      lastSuccessAt: at,
      firstCompleteAt: at,
      listed: 1,
      parsed: 1,
      skipped: 0,
      denied: 0,
    });
    now = new Date(now.getTime() + DAY);
    expect((await beat()).failing).toEqual([source]);
    expect(await retireSources(table, definitions([]), HOME, DEFAULT_POLICY, now)).toEqual([source]);
    expect((await getTarget(table, target.id))?.withdrawnAt).toBeDefined();
    const { told, failing: still } = await beat();
    expect(still).toEqual([]);
    expect(told.flatMap(({ alerts }) => alerts.map(({ event, check }) => `${event} ${check}`))).toEqual([
      'withdrawn source-failing',
    ]);
  });

  it('record all but the target that cannot be, and fail where the store does', async () => {
    const targets = hosts(12);
    await apply(targets);
    const startedAt = now.toISOString();
    const deadline = new Date(now.getTime() + HOUR).toISOString();
    const ids = targets.map(({ id }) => id);
    const message: ProbeMessage = { v: 1, run: 'r', chunk: '1', ids, startedAt, deadline };
    const own = table;
    const through = (refused: readonly string[]) => {
      table = tableThrough(own, async (command, send) => {
        const text = isRead(command) ? '' : JSON.stringify(command.input);
        if (refused.some((id) => text.includes(`"${id}"`) || text.includes(`#${id}"`)))
          throw new Error('Item size has exceeded the maximum allowed size');
        return send();
      });
    };
    const [first = ''] = ids;
    through([first]);
    const { broken, ...counts } = await probe(message);
    expect(counts).toMatchObject({ observed: 11, failed: 1, rest: [] });
    expect(broken).toEqual([
      `${first} could not be recorded: Item size has exceeded the maximum allowed size`,
    ]);
    expect((await readTarget(own, first)).state).toBeUndefined();
    now = new Date(now.getTime() + 2 * DAY);
    const again = {
      ...message,
      startedAt: now.toISOString(),
      deadline: new Date(now.getTime() + HOUR).toISOString(),
    };
    through(ids);
    await expect(probe(again)).rejects.toThrow('Item size');
    // Not even of one target where nothing at all can be written.
    table = tableThrough(own, async (command, send) => {
      if (isRead(command)) return send();
      throw new Error('it is down');
    });
    await expect(probe({ ...again, ids: [first] })).rejects.toThrow('it is down');
  });

  it('leave what there is no time for to the queue, and do not count the message as dealt with', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    const startedAt = now.toISOString();
    const deadline = new Date(now.getTime() + HOUR).toISOString();
    const message: ProbeMessage = { v: 1, run: 'r', chunk: '1', ids: [target.id], startedAt, deadline };
    expect(await probe(message, 5_000)).toMatchObject({ rest: [target.id], observed: 0 });
    expect(await probe(message)).toMatchObject({ rest: [], observed: 1 });
    // Again: nothing is looked at a second time, and the count is the same.
    failing.add(target.id);
    expect(await probe(message)).toMatchObject({ rest: [], observed: 1, failed: 0 });
  });

  it('look at nothing whose turn has not come', async () => {
    const [target] = hosts(1) as [EndpointTarget];
    await apply([target]);
    await beat();
    now = new Date(now.getTime() + HOUR);
    failing.add(target.id);
    await dispatchProbes(table, queues, '1d', now);
    const [body = ''] = sent.probe.splice(0);
    expect(await probe(parseProbeMessage(body))).toMatchObject({ skipped: 1, observed: 0, failed: 0 });
    expect((await readTarget(table, target.id)).state?.failures).toBe(0);
  });

  it('say that the monitor is impaired when most of a run newly fails, and that it is over', async () => {
    const targets = hosts(8);
    await apply(targets);
    await beat();
    await beat();
    const round = async () => {
      await dispatchProbes(table, queues, '1d', now);
      for (const body of sent.probe.splice(0)) await probe(parseProbeMessage(body));
      return beat();
    };
    now = new Date(now.getTime() + 23 * HOUR);
    failing = new Set(targets.slice(0, 6).map(({ id }) => id));
    const { told } = await round();
    expect(told.flatMap(({ alerts }) => alerts.map(({ check, message }) => [check, message]))).toEqual([
      ['monitor-impaired', expect.stringMatching(/^6 of 8 targets/)],
    ]);
    expect((await readOccasion(table)).impaired).toBe(true);
    failing.clear();
    const later: Digest[] = [];
    for (let day = 0; day < 2; day += 1) {
      now = new Date(now.getTime() + DAY);
      later.push(...(await round()).told);
    }
    expect(later.flatMap(({ alerts }) => alerts.map(({ event, check }) => `${event} ${check}`))).toContain(
      'resolved monitor-impaired',
    );
  });

  it('do not take five that fail for an outage of their own where others are well', async () => {
    const targets = hosts(30);
    await apply(targets);
    await beat();
    await beat();
    now = new Date(now.getTime() + 24 * HOUR);
    failing = new Set(targets.slice(0, 5).map(({ id }) => id));
    await dispatchProbes(table, queues, '1d', now);
    for (const body of sent.probe.splice(0)) await probe(parseProbeMessage(body));
    const told: Digest[] = [];
    for (let pulse = 0; pulse < 12; pulse += 1) {
      told.push(...(await beat()).told);
      now = new Date(now.getTime() + 600_000);
    }
    expect(told.flatMap(({ alerts }) => alerts.map(({ check }) => check)).sort()).toEqual(
      Array.from({ length: 5 }, () => 'could-not-observe'),
    );
  });

  it('recognise a total outage of what is looked at once a day, and believe in its end only where all can be seen', async () => {
    const targets = hosts(12);
    await apply(targets);
    await beat();
    await beat();
    failing = new Set(targets.map(({ id }) => id));
    // A look that fails takes its time.
    now = new Date(now.getTime() + 24 * HOUR + 20_000);
    await dispatchProbes(table, queues, '1d', now);
    for (const body of sent.probe.splice(0)) await probe(parseProbeMessage(body));
    const first = (await beat()).told.flatMap(({ alerts }) => alerts.map(({ check }) => check));
    expect(first).toEqual(['monitor-impaired']);
    for (const { id } of targets.slice(0, 5)) failing.delete(id);
    const later: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      now = new Date(now.getTime() + HOUR);
      const { told } = await beat();
      later.push(...told.flatMap(({ alerts }) => alerts.map(({ event, check }) => `${event} ${check}`)));
    }
    expect(later.filter((each) => each === 'resolved monitor-impaired')).toEqual([]);
  });

  it('decide anew on a finding that a delivery let go of while its target was looked at', async () => {
    const path = '/etc/ca.pem';
    const target = { kind: 'file', id: `file:${path}`, path, owner: null, tags: {} } as const;
    const ending = certificate('ending', {
      notBefore: '2026-09-01T00:00:00Z',
      notAfter: '2026-11-30T12:00:00Z',
    });
    const kept = { target, origin: 'command', addedAt: now.toISOString() } as const;
    const observe = () =>
      look(
        table,
        {
          collect: async () => ({
            kind: 'file',
            observedAt: now,
            certificates: [ending],
            blocks: 1,
            unreadable: [],
            duplicates: 0,
            privateKeyLines: [],
          }),
          close: () => undefined,
        },
        kept,
        DEFAULT_POLICY,
      );
    const occasion = { policy: DEFAULT_POLICY, impaired: false, baseline: false, acknowledgements: [] };
    await record(table, (await observe()) as Look, occasion);
    now = new Date(now.getTime() + 6 * DAY);
    const second = (await observe()) as Look;
    expect((await beat()).told.map(({ severity }) => severity)).toEqual(['warning']);
    await record(table, second, occasion);
    expect((await beat()).told.map(({ severity }) => severity)).toEqual(['critical']);
  });

  it('say once that a source has stopped succeeding', async () => {
    const source = 'acm/111111111111/eu-west-1';
    const health = { source, firstCompleteAt: null, listed: 0, parsed: 0, skipped: 0, denied: 0 };
    const failure = { reason: 'access_denied' } as const;
    const lastSuccessAt = now.toISOString();
    now = new Date(now.getTime() + 13 * HOUR);
    await putSource(table, { ...health, lastRunAt: now.toISOString(), lastSuccessAt, failure });
    expect((await beat()).told.flatMap(({ alerts }) => alerts.map(({ check }) => check))).toEqual([
      'source-failing',
    ]);
    const again = await beat();
    expect([again.told, again.failing]).toEqual([[], [source]]);
  });
});

describe('a message', () => {
  it.each(['', 'null', '{}', '{"v":2}', '{"v":1,"run":"r","source":"s3","account":"1","region":"x"}'])(
    '%j is refused in a sentence',
    (body) => {
      expect(() => parseProbeMessage(body)).toThrow(/wanted/);
      expect(() => parseCollectMessage(body)).toThrow(/wanted/);
    },
  );
});

describe('the source of a target', () => {
  it.each([
    ['acm:111111111111/eu-west-1/x', 'acm/111111111111/eu-west-1'],
    ['domain:111111111111/eu-west-1/api.test', 'apigateway/111111111111/eu-west-1'],
    ['truststore:s3://a/b@c.pem@111111111111/eu-west-1', 'apigateway/111111111111/eu-west-1'],
    ['endpoint:api.test:443', undefined],
    ['truststore:/etc/x.pem', undefined],
  ])('%s', (id, source) => {
    expect(sourceOfTarget(id)).toBe(source);
  });
});
