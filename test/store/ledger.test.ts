import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { listDigests, markDelivered, putDigest, undeliveredDigests } from '../../lib/store/digests.ts';
import { openFindings, saveLedger, undeliveredLedger } from '../../lib/store/ledger.ts';
import { queryItems } from '../../lib/store/query.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import { PENDING, severityPartition, UNDELIVERED } from '../../lib/store/schema.ts';
import { alert, digest, fingerprintOf, ledgerEntry } from './samples.ts';
import { all, storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

describe('the ledger', () => {
  it('refuses an entry that somebody else wrote in the meantime', async () => {
    const id = 'endpoint:race.example:443';
    const first = ledgerEntry(id);
    const ours = ledgerEntry(id, { version: 2, announced: 'warning', pending: [alert(id)] });
    const theirs = ledgerEntry(id, { version: 2, announced: 'critical' });
    expect(await saveLedger(table(), [first])).toEqual({ lost: [] });
    expect(await saveLedger(table(), [ours])).toEqual({ lost: [] });

    expect(await saveLedger(table(), [theirs])).toEqual({ lost: [theirs] });
    expect(await saveLedger(table(), [ledgerEntry(id, { message: 'another' })])).toMatchObject({
      lost: [{ version: 1 }],
    });
    expect((await readTarget(table(), id)).ledger).toEqual([ours]);
  });

  it('takes the same entry twice: the answer to the first request may have been lost', async () => {
    const entry = ledgerEntry('endpoint:repeat.example:443', {
      pending: [alert('endpoint:repeat.example:443')],
    });
    await saveLedger(table(), [entry]);

    expect(await saveLedger(table(), [entry])).toEqual({ lost: [] });
  });

  it('lets exactly one of many simultaneous writers win', async () => {
    const id = 'endpoint:crowd.example:443';
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        saveLedger(table(), [ledgerEntry(id, { message: `writer ${index}` })]),
      ),
    );

    expect(results.filter(({ lost }) => lost.length === 0)).toHaveLength(1);
  });

  it('lists what is open by severity, longest open first, and forgets what is closed', async () => {
    const entries = ['2026-11-03', '2026-11-01', '2026-11-02'].map((day) =>
      ledgerEntry(`endpoint:open-${day}.example:443`, { severity: 'critical', openedAt: `${day}T00:00:00Z` }),
    );
    await saveLedger(table(), entries);
    const targets = async () =>
      (await all(openFindings(table(), 'critical'))).map((entry) => entry.target.slice(14, 24));
    expect(await targets()).toEqual(['2026-11-01', '2026-11-02', '2026-11-03']);

    const [first, second] = entries as [(typeof entries)[0], (typeof entries)[0]];
    await saveLedger(table(), [
      { ...first, version: 2, state: 'closed', closedAt: '2026-11-20T00:00:00Z', closedAs: 'resolved' },
      { ...second, version: 2, severity: 'warning' },
    ]);
    expect(await targets()).toEqual(['2026-11-02']);
    expect((await all(openFindings(table(), 'warning'))).map((entry) => entry.target)).toContain(
      second.target,
    );
  });

  it('lists what no digest carries yet, closed entries included, until it is carried', async () => {
    const id = 'endpoint:pending.example:443';
    const entry = ledgerEntry(id, {
      state: 'closed',
      closedAt: '2026-11-20T00:00:00Z',
      closedAs: 'resolved',
      pending: [alert(id, { event: 'resolved' })],
    });
    const mine = async () =>
      (await all(undeliveredLedger(table()))).filter((pending) => pending.target === id);
    await saveLedger(table(), [entry]);
    expect(await mine()).toEqual([entry]);

    await saveLedger(table(), [{ ...entry, version: 2, pending: [] }]);
    expect(await mine()).toEqual([]);
  });

  it('keeps many entries of one target', async () => {
    const id = 'truststore:/etc/many.pem';
    const entries = Array.from({ length: 150 }, (_, index) =>
      ledgerEntry(id, { fingerprint: fingerprintOf(`ca ${index}`), severity: 'info' }),
    );
    await saveLedger(table(), entries);

    expect((await readTarget(table(), id)).ledger).toHaveLength(150);
    expect(await all(openFindings(table(), 'info'))).toHaveLength(150);
  });
});

describe('digests', () => {
  it('are undelivered until every channel has them', async () => {
    const stored = await putDigest(table(), digest('run-1/payments/warning'));
    const mine = async () => (await all(undeliveredDigests(table()))).filter(({ id }) => id === stored.id);
    expect(await mine()).toEqual([digest('run-1/payments/warning')]);

    await Promise.all([
      markDelivered(table(), stored, 'web.hook', '2026-11-20T10:00:01Z', false),
      markDelivered(table(), stored, 'terminal', '2026-11-20T10:00:02Z', false),
    ]);
    expect(await mine()).toMatchObject([
      { delivered: { 'web.hook': '2026-11-20T10:00:01Z', terminal: '2026-11-20T10:00:02Z' }, done: false },
    ]);
    await markDelivered(table(), stored, 'mail', '2026-11-20T10:00:03Z', true);
    expect(await mine()).toEqual([]);
  });

  it('stay as they are when stored again', async () => {
    const one = digest('run-2/payments/warning');
    await putDigest(table(), one);
    await markDelivered(table(), one, 'terminal', '2026-11-20T10:00:01Z', true);

    expect(await putDigest(table(), { ...one, severity: 'critical' })).toEqual({
      ...one,
      delivered: { terminal: '2026-11-20T10:00:01Z' },
      done: true,
    });
  });

  it('are not brought back by a late delivery', async () => {
    await markDelivered(table(), digest('never stored'), 'terminal', '2026-11-20T10:00:01Z', true);

    expect((await all(listDigests(table()))).map(({ id }) => id)).not.toContain('never stored');
  });

  it('are listed by time, both ends included', async () => {
    for (const second of ['58', '59']) {
      await putDigest(table(), digest(`year-${second}`, { createdAt: `2025-12-31T23:59:${second}Z` }));
    }
    await putDigest(table(), digest('year-00', { createdAt: '2026-01-01T00:00:00Z' }));
    const ids = async (since: string, until: string) =>
      (await all(listDigests(table(), { since: new Date(since), until: new Date(until) }))).map(
        ({ id }) => id,
      );

    expect(await ids('2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z')).toEqual(['year-59', 'year-00']);
    expect(await ids('2025-12-31T00:00:00Z', '2025-12-31T23:59:59.900Z')).toEqual(['year-58', 'year-59']);
    expect(await ids('2026-01-02T00:00:00Z', '2025-01-01T00:00:00Z')).toEqual([]);
  });

  it.each(['baseline', 'news'] as const)(
    'give up their least urgent alerts rather than not be stored (%s)',
    async (kind) => {
      const message = '証'.repeat(4_900);
      const alerts = Array.from({ length: 150 }, (_, index) =>
        alert(`endpoint:h${index}.example:443`, { message }),
      );
      const stored = await putDigest(
        table(),
        digest(`huge-${kind}`, { class: kind, alerts, omitted: kind === 'baseline' ? 5 : 0 }),
      );

      expect(stored.alerts).toEqual(alerts.slice(0, stored.alerts.length));
      expect(stored.alerts.length).toBeGreaterThan(5);
      expect(stored.alerts.length).toBeLessThan(150);
      // News is said in full: what is missing here belongs into another digest.
      expect(stored.omitted).toBe(kind === 'baseline' ? 155 - stored.alerts.length : 0);
      expect((await all(listDigests(table()))).find(({ id }) => id === stored.id)).toEqual(stored);
    },
  );
});

describe('the indexes', () => {
  const rows = async (index: 'gsi1' | 'gsi2', partition: string, name: string) =>
    (await all(queryItems(table(), { index, partition }))).filter((row) =>
      JSON.stringify(row).includes(name),
    );

  it('hold only what is open, or has something to say', async () => {
    const entry = ledgerEntry('endpoint:rows.example:443', { pending: [alert('endpoint:rows.example:443')] });
    await saveLedger(table(), [entry]);
    const open = () => rows('gsi1', severityPartition('warning'), 'rows.example');
    const pending = () => rows('gsi2', PENDING, 'rows.example');
    expect([await open(), await pending()]).toMatchObject([[{}], [{}]]);

    await saveLedger(table(), [
      { ...entry, version: 2, state: 'closed', closedAt: '2026-11-20T10:00:00Z', pending: [] },
    ]);
    expect([await open(), await pending()]).toEqual([[], []]);
  });

  it('hold no delivered digest', async () => {
    const stored = await putDigest(table(), digest('run-rows'));
    expect(await rows('gsi1', UNDELIVERED, 'run-rows')).toHaveLength(1);
    await markDelivered(table(), stored, 'terminal', '2026-11-20T10:00:01Z', true);

    expect(await rows('gsi1', UNDELIVERED, 'run-rows')).toEqual([]);
  });

  it('are not believed where the table says otherwise', async () => {
    const gsi1sk = 'behind';
    const base = {
      target: 'endpoint:behind.example:443',
      id: 'behind',
      pending: [],
      gsi1sk,
      gsi2sk: 'behind',
    };
    for (const item of [
      {
        pk: 'TARGET#behind',
        sk: 'FINDING#1',
        gsi1pk: 'SEVERITY#critical',
        state: 'closed',
        severity: 'critical',
      },
      {
        pk: 'TARGET#behind',
        sk: 'FINDING#2',
        gsi1pk: 'SEVERITY#critical',
        state: 'open',
        severity: 'warning',
      },
      { pk: 'TARGET#behind', sk: 'FINDING#3', gsi2pk: PENDING },
      { pk: 'DIGESTS', sk: 'behind', gsi1pk: UNDELIVERED, done: true },
    ]) {
      await table().client.send(new PutCommand({ TableName: table().name, Item: { ...base, ...item } }));
    }

    const listed = [
      ...(await all(openFindings(table(), 'critical'))),
      ...(await all(undeliveredLedger(table()))),
      ...(await all(undeliveredDigests(table()))),
    ];
    expect(JSON.stringify(listed)).not.toContain('behind');
  });
});
