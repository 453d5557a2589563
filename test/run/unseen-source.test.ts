import { beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { AwsTarget } from '../../lib/core/target.ts';
import { collectPlace } from '../../lib/run/collect-place.ts';
import type { Listing, ListingEnd } from '../../lib/sources/aws/listing.ts';
import { saveLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import type { Table } from '../../lib/store/table.ts';
import { storeUnderTest } from '../store/store-under-test.ts';
import { certificate, DAY, HOUR, later, T0 } from '../support/facts.ts';
import { said } from '../support/timeline.ts';
import { tableThrough } from './pipeline.ts';
import { replaceItems } from './world.ts';

const SOURCE = 'acm/111111111111/eu-west-1';
const target: AwsTarget = {
  kind: 'acm',
  id: 'acm:111111111111/eu-west-1/c',
  place: { account: '111111111111', region: 'eu-west-1' },
  arn: 'arn:aws:acm:eu-west-1:111111111111:certificate/c',
  name: 'api.test',
  owner: null,
  tags: { team: 'pay' },
};
const leaf = certificate('api.test');

describe('a source that cannot be read any more', () => {
  const store = storeUnderTest();
  let table: Table;
  beforeEach(async () => {
    await replaceItems(store(), []);
    table = { ...store() };
  });

  async function* listing(
    now: Date,
    certificates: readonly Certificate[],
    end: ListingEnd,
    targets: readonly AwsTarget[],
  ): Listing {
    const facts = {
      status: 'ISSUED',
      type: 'IMPORTED',
      inUse: true,
      usedBy: [],
      renews: false,
      renewal: null,
      reason: null,
    };
    for (const each of certificates) {
      for (const own of targets)
        yield { target: own, observation: { kind: 'acm', observedAt: now, certificates: [each], ...facts } };
    }
    return end;
  }
  const collect = (
    now: Date,
    certificates: readonly Certificate[],
    end: ListingEnd,
    { table: into = table, targets = [target] }: { table?: Table; targets?: readonly AwsTarget[] } = {},
  ) =>
    collectPlace({
      table: into,
      source: SOURCE,
      listing: listing(now, certificates, end, targets),
      policy: DEFAULT_POLICY,
      defaults: { ownership: [{ owner: 'payments', tags: { team: 'pay' } }] },
      occasion: { impaired: false, acknowledgements: [] },
      now: () => now,
      timeLeftMs: () => 600_000,
    });
  const complete: ListingEnd = { complete: true, blind: [] };
  const denied: ListingEnd = { complete: false, failure: { reason: 'access_denied' }, blind: [] };

  it('hides no rung that begins: it is said from what is known, with when that was seen', async () => {
    await collect(T0, [leaf], complete);
    await collect(later(67 * DAY), [leaf], complete);
    expect((await collect(later(67.2 * DAY), [], denied)).decided).toEqual([]);
    const { decided } = await collect(later(67.6 * DAY), [], denied);
    const alerts = decided.flatMap(({ pending }) => pending);
    expect(said(alerts)).toEqual(['opened expiring notice']);
    expect(alerts[0]).toMatchObject({ owner: 'payments', lastSeenAt: '2027-01-26T12:00:00Z' });
    // Once, however often it is asked; and nobody has heard of it yet when it gets worse.
    expect((await collect(later(67.6 * DAY + HOUR), [], denied)).decided).toEqual([]);
    expect(
      said((await collect(later(79 * DAY), [], denied)).decided.flatMap(({ pending }) => pending.slice(-1))),
    ).toEqual(['opened expiring warning']);
  });

  it('takes nothing for gone', async () => {
    await collect(T0, [leaf], complete);
    for (const day of [80, 85, 88]) await collect(later(day * DAY), [], denied);
    const { record, content } = await readTarget(table, target.id);
    expect(record?.withdrawnAt).toBeUndefined();
    expect(content).toMatchObject({ certificates: [leaf.fingerprint] });
  });

  it('is believed again, and what it listed is withdrawn after two complete listings', async () => {
    await collect(T0, [leaf], complete);
    await collect(later(80 * DAY), [], denied);
    await collect(later(81 * DAY), [], complete);
    const { decided } = await collect(later(82 * DAY), [], complete);
    expect(said(decided.flatMap(({ pending }) => pending.slice(-1)))).toEqual(['withdrawn expiring warning']);
  });

  it('is no reason to stop recalling what is critical', async () => {
    await collect(T0, [leaf], complete);
    await collect(later(85 * DAY), [leaf], complete);
    const told = async (day: number) => {
      const { decided } = await collect(later(day * DAY), [], denied);
      const { ledger } = await readTarget(table, target.id);
      // What was decided leaves in between.
      await saveLedger(
        table,
        ledger.map((entry) => ({ ...entry, pending: [], version: entry.version + 1 })),
      );
      return said(decided.flatMap(({ pending }) => pending.slice(-1)));
    };
    expect(await told(90.1)).toEqual(['opened expired expired']);
    expect(await told(90.5)).toEqual([]);
    expect(await told(95)).toEqual(['reminder expired expired']);
    expect(await told(95.5)).toEqual([]);
  });

  it('is not believed twice within a moment', async () => {
    await collect(T0, [leaf], complete);
    await collect(later(DAY), [], complete);
    await collect(later(DAY + 2_000), [], complete);
    expect((await readTarget(table, target.id)).record?.withdrawnAt).toBeUndefined();
    await collect(later(DAY + HOUR), [], complete);
    expect((await readTarget(table, target.id)).record?.withdrawnAt).toBeDefined();
  });

  it('hides nothing behind one item that cannot be stored', async () => {
    const refusing = tableThrough(table, async (command, send) => {
      const { Item: item } = command.input as { Item?: Record<string, unknown> };
      if (item?.['sk'] === 'CONTENT' && item['target'] === target.id)
        throw new Error('Item size has exceeded');
      return send();
    });
    const other = { ...target, id: `${target.id}2`, arn: `${target.arn}2` };
    const { health } = await collect(T0, [leaf], complete, { table: refusing, targets: [target, other] });
    expect(health.blind).toMatchObject([{ what: target.id, failure: { reason: 'internal_error' } }]);
    expect((await readTarget(table, other.id)).content).toMatchObject({ certificates: [leaf.fingerprint] });
  });
});
