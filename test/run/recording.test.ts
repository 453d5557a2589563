import { beforeAll, describe, expect, it } from 'vitest';
import { readTarget } from '../../lib/store/read-target.ts';
import { latestRuns } from '../../lib/store/runs.ts';
import { targetPartition } from '../../lib/store/schema.ts';
import type { Table } from '../../lib/store/table.ts';
import { putTarget } from '../../lib/store/targets.ts';
import { DAY, HOUR, iso, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { bundle, heard, world } from './world.ts';

const here = world();

let dying: Issued;
let young: Issued;

beforeAll(async () => {
  const leaf = (days: number) =>
    mint({ subject: `CN=${days}.test`, notBefore: later((days - 90) * DAY, new Date()), days });
  [dying, young] = await Promise.all([leaf(5), leaf(80)]);
});

type Request = Parameters<Table['client']['send']>[0];
type Send = (command: Request) => Promise<unknown>;

/** The table with something between it and whoever sends a request. */
function throughClient(intercept: (command: Request, send: Send) => Promise<unknown>): Table {
  const { client, name } = here.table;
  const send: Send = async (command) => client.send(command);
  const get = (target: Table['client'], key: string | symbol) =>
    key === 'send' ? (command: Request) => intercept(command, send) : Reflect.get(target, key);
  return { name, client: new Proxy(client, { get }) };
}

/** The table, but for the partitions of these targets: nothing can be written there. */
function failingFor(ids: readonly string[]): Table {
  const partitions = new Set(ids.map(targetPartition));
  const partitionOf = ({ input }: Request) => {
    const { Item, Key } = input as { Item?: { pk?: string }; Key?: { pk?: string } };
    return Item?.pk ?? Key?.pk ?? '';
  };
  return throughClient(async (command, send) => {
    if (partitions.has(partitionOf(command))) throw new Error('this item is broken');
    return send(command);
  });
}

/** The table with indexes that have not heard of any withdrawal yet. */
function behind(): Table {
  return throughClient(async (command, send) => {
    const answer = await send(command);
    const { Items: items = [] } = answer as { Items?: Record<string, unknown>[] };
    if ('IndexName' in command.input) for (const item of items) delete item['withdrawnAt'];
    return answer;
  });
}

const files = (count: number, certificate: Issued) =>
  Promise.all(
    Array.from({ length: count }, async (_, index) =>
      bundle('file', await here.file(`${index}.pem`, certificate)),
    ),
  );

describe('a target that cannot be recorded', () => {
  it('keeps no other from being announced, is said to be so, and stays due', async () => {
    const targets = await files(3, dying);
    for (const target of targets)
      await putTarget(here.table, { target, origin: 'config', addedAt: iso(here.now) });
    const broken = targets[1]?.id ?? '';
    const first = await here.run(targets, { table: failingFor([broken]) });
    expect(first.failures).toEqual([`${broken} could not be recorded: this item is broken`]);
    expect(heard(first.told)).toEqual(['- baseline: baseline expiring critical, baseline expiring critical']);
    expect(first.nextDueAt).toEqual(here.now);

    here.pass({ minutes: 5 });
    const second = await here.run(targets, { all: false });
    expect(second.run.planned).toBe(1);
    expect(second.failures).toEqual([]);
    expect(second.told.flatMap(({ alerts }) => alerts.map(({ target }) => target))).toEqual([broken]);
  });

  it('ends the run where there are more than ten: then it is the store', async () => {
    const targets = await files(12, dying);
    for (const target of targets)
      await putTarget(here.table, { target, origin: 'config', addedAt: iso(here.now) });
    const broken = (count: number) => failingFor(targets.slice(0, count).map(({ id }) => id));
    await expect(here.run(targets, { table: broken(11) })).rejects.toThrow('this item is broken');
    expect(await latestRuns(here.table, 1)).toEqual([]);
    expect((await here.run(targets, { table: broken(10) })).failures).toHaveLength(10);
  });
});

describe('a target that is withdrawn between listing and looking', () => {
  it('is left alone', async () => {
    const [first, second] = await files(2, dying);
    if (first === undefined || second === undefined) throw new Error('two files were asked for');
    const at = iso(here.now);
    await putTarget(here.table, { target: first, origin: 'command', addedAt: at, withdrawnAt: at });
    const { run, told, nextDueAt } = await here.run([second], { table: behind() });
    expect(run).toMatchObject({ targets: 1, planned: 1, observed: 1, failed: 0 });
    expect(told.flatMap(({ alerts }) => alerts.map(({ target }) => target))).toEqual([second.id]);
    const picture = await readTarget(here.table, first.id);
    expect(picture).toMatchObject({ ledger: [], record: { withdrawnAt: at } });
    expect(picture.state).toBeUndefined();
    expect(nextDueAt).toEqual(later(0.9 * 6 * HOUR, here.now));
  });
});

describe('a finding that is no longer seen', () => {
  it('is looked for again after an hour, so that the all-clear comes soon', async () => {
    const path = await here.file('replaced.pem', dying);
    const target = bundle('file', path);
    await here.run([target]);
    await here.file('replaced.pem', young);
    here.pass({ hours: 6 });
    const seen = await here.run([target], { all: false });
    expect(seen.told).toEqual([]);
    expect(seen.nextDueAt).toEqual(later(HOUR, here.now));
    here.pass({ minutes: 59 });
    expect((await here.run([target], { all: false })).run.planned).toBe(0);
    here.pass({ minutes: 1 });
    const { told, nextDueAt } = await here.run([target], { all: false });
    expect(heard(told)).toEqual(['- closed: resolved expiring critical']);
    // From then on by its cadence: 80 days remain.
    expect(nextDueAt).toEqual(later(0.9 * DAY, here.now));
  });

  it('and came back once waits a day for its all-clear, and speaks at once each time', async () => {
    const path = await here.file('flapping.pem', dying);
    const target = bundle('file', path);
    await here.run([target]);
    const said: (readonly string[])[] = [];
    const look = async (certificate: Issued, hours: number) => {
      await here.file('flapping.pem', certificate);
      here.pass({ hours });
      said.push(heard((await here.run([target])).told));
    };
    const opened = '- news: opened expiring critical';
    const resolved = '- closed: resolved expiring critical';
    for (const hours of [1, 1]) await look(young, hours);
    await look(dying, 1);
    expect(said.splice(0)).toEqual([[], [resolved], [opened]]);
    for (const hours of [1, 1, 12, 10]) await look(young, hours);
    expect(said.splice(0)).toEqual([[], [], [], []]);
    await look(young, 2);
    await look(dying, 1);
    expect(said).toEqual([[resolved], [opened]]);
  });
});

describe('a target whose settings changed', () => {
  it.each([
    ['owner', { owner: 'payments' }],
    ['thresholds', { thresholds: { leaf: { notice: { ms: 60 * DAY } } } }],
    ['every', { everyMs: 12 * HOUR }],
  ])('is due at once (%s)', async (_, change) => {
    const path = await here.file('young.pem', young);
    await here.run([bundle('file', path)]);
    here.pass({ minutes: 1 });
    const planned = async () => (await here.run([bundle('file', path, change)], { all: false })).run.planned;
    expect(
      (await here.run([bundle('file', path, { tags: { env: 'test' } })], { all: false })).run.planned,
    ).toBe(0);
    expect(await planned()).toBe(1);
    here.pass({ minutes: 1 });
    expect(await planned()).toBe(0);
  });
});

describe('a first look that saw less than half', () => {
  it('is no baseline: the next one still is', async () => {
    const targets = await files(3, dying);
    for (const name of ['0.pem', '1.pem']) await here.file(name);
    const first = await here.run(targets);
    expect(heard(first.told)).toEqual(['- baseline: baseline expiring critical']);

    for (const name of ['0.pem', '1.pem']) await here.file(name, dying);
    here.pass({ hours: 1 });
    const second = await here.run(targets);
    expect(heard(second.told)).toEqual([
      '- baseline: baseline expiring critical, baseline expiring critical',
    ]);
    here.pass({ hours: 1 });
    const third = await here.run([...targets, bundle('file', await here.file('news.pem', dying))]);
    expect(heard(third.told)).toEqual(['- news: opened expiring critical']);
  });
});
