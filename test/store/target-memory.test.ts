import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { BundleContent } from '../../lib/core/content.ts';
import { recordContent } from '../../lib/store/content.ts';
import { saveLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { readStates, recordState, targetsByCadence } from '../../lib/store/state.ts';
import { StoreError } from '../../lib/store/store-error.ts';
import { getTarget, listTargets, putTarget, type TargetFilter } from '../../lib/store/targets.ts';
import { endpointContent, fingerprintOf, ledgerEntry, targetRecord, targetState } from './samples.ts';
import { all, storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

describe('targets', () => {
  it('lists by kind and by owner, withdrawn ones included', async () => {
    const own = targetRecord('list-1.example', { owner: 'list-team' });
    const withdrawn = {
      ...targetRecord('list-2.example', { owner: 'list-team' }),
      withdrawnAt: '2026-11-20T00:00:00Z',
    };
    const file = {
      ...targetRecord('x'),
      target: {
        id: 'file:/etc/list.pem',
        kind: 'file' as const,
        owner: 'list-team',
        tags: { env: 'test' },
        path: '/etc/list.pem',
      },
      origin: 'config' as const,
    };
    const nobodys = targetRecord('list-3.example');
    for (const record of [own, withdrawn, file, nobodys]) await putTarget(table(), record);

    const ids = new Set([own, withdrawn, file, nobodys].map((record) => record.target.id));
    const listed = async (filter?: TargetFilter) =>
      (await all(listTargets(table(), filter))).filter((record) => ids.has(record.target.id));
    expect(await listed({ owner: 'list-team' })).toEqual([own, withdrawn, file]);
    expect(await listed({ owner: 'list-team', kind: 'file' })).toEqual([file]);
    expect(await listed({ kind: 'file' })).toEqual([file]);
    expect(await listed({ owner: null })).toEqual([nobodys]);
    expect(await listed()).toEqual([own, withdrawn, nobodys, file]);
    expect(await getTarget(table(), own.target.id)).toEqual(own);
    expect(await getTarget(table(), 'endpoint:unknown.example:443')).toBeUndefined();
  });

  it('lists with each target the configuration file that names it', async () => {
    const record = {
      ...targetRecord('named.example', { owner: 'named' }),
      origin: 'config' as const,
      config: '/etc/notafter.config.yaml',
    };
    await putTarget(table(), record);

    expect(await all(listTargets(table(), { owner: 'named' }))).toEqual([record]);
    expect(await getTarget(table(), record.target.id)).toEqual(record);
  });

  it('moves a target to its new owner', async () => {
    const record = targetRecord('move.example', { owner: 'move-from' });
    await putTarget(table(), record);
    await putTarget(table(), { ...record, target: { ...record.target, owner: 'move-to' } });

    expect(await all(listTargets(table(), { owner: 'move-from' }))).toEqual([]);
    expect(await all(listTargets(table(), { owner: 'move-to' }))).toHaveLength(1);
  });

  it('keeps "-" the owner apart from nobody', async () => {
    const dash = targetRecord('dash.example', { owner: '-' });
    await putTarget(table(), dash);

    expect(await all(listTargets(table(), { owner: '-' }))).toEqual([dash]);
    expect(
      (await all(listTargets(table(), { owner: null }))).map((record) => record.target.id),
    ).not.toContain(dash.target.id);
  });

  it('keeps targets whose names are longer than a key apart', async () => {
    const long = (end: string) => {
      const path = `/${'ä/'.repeat(1500)}${end}`;
      return {
        ...targetRecord('x'),
        target: { id: `truststore:${path}`, kind: 'truststore' as const, owner: null, tags: {}, path },
      };
    };
    await putTarget(table(), long('a.pem'));
    await putTarget(table(), long('b.pem'));
    await recordState(table(), targetState(long('b.pem').target.id), undefined);

    expect(await getTarget(table(), long('a.pem').target.id)).toEqual(long('a.pem'));
    const truststores = await all(listTargets(table(), { kind: 'truststore' }));
    expect(truststores.map((record) => record.target.id)).toEqual(
      expect.arrayContaining([long('a.pem').target.id, long('b.pem').target.id]),
    );
    expect((await readTarget(table(), long('a.pem').target.id)).state).toBeUndefined();
    expect((await readTarget(table(), long('b.pem').target.id)).state?.target).toBe(long('b.pem').target.id);
  });
});

describe('the picture of a target', () => {
  it('is read whole, and is empty for one that is not known', async () => {
    const record = targetRecord('picture.example');
    const { id } = record.target;
    const state = targetState(id);
    const content = endpointContent([fingerprintOf('leaf'), fingerprintOf('intermediate')]);
    const ledger = [
      ledgerEntry(id),
      ledgerEntry(id, {
        story: 'could-not-observe',
        fingerprint: null,
        state: 'closed',
        closedAt: '2026-11-20T00:00:00Z',
      }),
    ];
    await putTarget(table(), record);
    await recordState(table(), state, undefined);
    await recordContent(table(), id, content, state.observedAt);
    await saveLedger(table(), ledger);

    const picture = await readTarget(table(), id);
    expect(picture).toEqual({ record, state, content, ledger: expect.arrayContaining(ledger) });
    expect(picture.ledger).toHaveLength(2);
    expect(await readTarget(table(), 'endpoint:unknown.example:443')).toEqual({ ledger: [] });
  });
});

describe('the state of a target', () => {
  it('never goes back in time', async () => {
    const id = 'endpoint:back.example:443';
    const late = targetState(id, { observedAt: '2026-11-20T12:00:00Z' });
    const early = targetState(id, { observedAt: '2026-11-20T11:00:00Z', failures: 3 });
    expect(await recordState(table(), late, undefined)).toBe('written');

    expect(await recordState(table(), early, undefined)).toBe('stale');
    expect(await recordState(table(), early, late)).toBe('stale');
    expect(await readStates(table(), [id])).toEqual(new Map([[id, late]]));
  });

  it('takes the same observation twice', async () => {
    const state = targetState('endpoint:twice.example:443');
    await recordState(table(), state, undefined);

    expect(await recordState(table(), state, undefined)).toBe('written');
  });

  it('drops what no longer holds', async () => {
    const id = 'endpoint:recovered.example:443';
    const failed = targetState(id, {
      failures: 2,
      failure: { reason: 'connect_timeout', detail: 'ETIMEDOUT' },
      cadence: '15m',
    });
    const well = targetState(id, { observedAt: '2026-11-20T10:15:00Z' });
    await recordState(table(), failed, undefined);
    expect(await readStates(table(), [id])).toEqual(new Map([[id, failed]]));
    await recordState(table(), well, failed);

    expect(await readStates(table(), [id])).toEqual(new Map([[id, well]]));
    expect(await all(targetsByCadence(table(), '15m'))).not.toContainEqual({ target: id });
    expect(await all(targetsByCadence(table(), '1d'))).toContainEqual({ target: id });
  });

  it('is written whole where somebody else wrote in between', async () => {
    const id = 'endpoint:between.example:443';
    const known = targetState(id, { observedAt: '2026-11-20T10:00:00Z' });
    const others = targetState(id, {
      observedAt: '2026-11-20T10:01:00Z',
      failures: 1,
      failure: { reason: 'not_tls' },
      cadence: '1h',
    });
    const own = targetState(id, { observedAt: '2026-11-20T10:02:00Z' });
    await recordState(table(), known, undefined);
    await recordState(table(), others, known);

    expect(await recordState(table(), own, known)).toBe('written');
    expect(await readStates(table(), [id])).toEqual(new Map([[id, own]]));
  });

  it('costs one small write that touches no index when nothing changed', async () => {
    const id = 'endpoint:unchanged.example:443';
    const before = targetState(id);
    const after = targetState(id, { observedAt: '2026-11-20T11:00:00Z', seenAt: '2026-11-20T11:00:00Z' });
    await recordState(table(), before, undefined);
    const requests = await recording(() => recordState(table(), after, before));

    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      command: 'UpdateItemCommand',
      names: ['observedAt', 'seenAt'],
    });
    const { Items } = await table().client.send(
      new QueryCommand({
        TableName: table().name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `TARGET#${id}` },
      }),
    );
    expect(JSON.stringify(Items).length).toBeLessThan(1024);
  });

  it('stays under one write unit whatever a server said', async () => {
    const id = 'endpoint:verbose.example:443';
    const detail = 'x'.repeat(100_000);
    await recordState(table(), targetState(id, { failure: { reason: 'not_tls', detail } }), undefined);

    expect(JSON.stringify((await readStates(table(), [id])).get(id)).length).toBeLessThan(1000);
  });

  it('is read for many targets at once, those without one left out', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => `endpoint:many-${index}.example:443`);
    await Promise.all(ids.map((id) => recordState(table(), targetState(id), undefined)));

    const states = await readStates(table(), [...ids, ...ids, 'endpoint:never.example:443']);
    expect([...states.keys()].sort()).toEqual(ids.toSorted());
  });
});

describe('the content of a target', () => {
  it('gives way to what was seen later', async () => {
    const id = 'endpoint:content.example:443';
    const late = endpointContent([fingerprintOf('late')]);
    await recordContent(table(), id, late, '2026-11-20T12:00:00Z');

    expect(
      await recordContent(table(), id, endpointContent([fingerprintOf('early')]), '2026-11-20T11:00:00Z'),
    ).toBe('stale');
    expect((await readTarget(table(), id)).content).toEqual(late);
  });

  it('holds a bundle of ten thousand certificates, and says so where one is larger', async () => {
    const id = 'truststore:/etc/large.pem';
    const bundle = (size: number): BundleContent => ({
      kind: 'truststore',
      certificates: Array.from({ length: size }, (_, index) => fingerprintOf(`ca ${index}`)),
      blocks: size,
      duplicates: 0,
      unreadable: [{ firstLine: 3, lastLine: 9, reason: 'bad base64' }],
      privateKeyLines: [],
    });
    expect(await recordContent(table(), id, bundle(10_000), '2026-11-20T12:00:00Z')).toBe('written');
    expect((await readTarget(table(), id)).content).toEqual(bundle(10_000));

    const larger = recordContent(table(), id, bundle(13_000), '2026-11-20T12:00:00Z');
    await expect(larger).rejects.toThrow(StoreError);
    await expect(larger).rejects.toThrow(/truststore:\/etc\/large\.pem holds more than .* split the bundle/);
  });
});

/** The requests that the client makes during `work`: their commands and the attributes they name. */
async function recording(work: () => Promise<unknown>) {
  const requests: { command: string | undefined; names: string[] }[] = [];
  const { middlewareStack } = table().client;
  middlewareStack.add(
    (next, context) => (request) => {
      const { ExpressionAttributeNames: names = {} } = request.input as {
        ExpressionAttributeNames?: Record<string, string>;
      };
      requests.push({ command: context.commandName, names: Object.values(names).toSorted() });
      return next(request);
    },
    { step: 'initialize', name: 'recording' },
  );
  try {
    await work();
  } finally {
    middlewareStack.remove('recording');
  }
  return requests;
}
