import { beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import type { Target } from '../../lib/core/target.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import type { Item } from '../../lib/store/codec.ts';
import { undeliveredDigests } from '../../lib/store/digests.ts';
import { undeliveredLedger } from '../../lib/store/ledger.ts';
import type { Table } from '../../lib/store/table.ts';
import { all } from '../store/store-under-test.ts';
import { DAY, later } from '../support/facts.ts';
import { type Issued, mint } from '../support/pki.ts';
import { bundle, itemsOf, replaceItems, type World, world } from './world.ts';

const here = world();

/** The process that is killed: nothing that it does from then on reaches anybody. */
class Killed extends Error {}

/**
 * Where a process is killed: at its n-th write to the store, or its n-th hand-over to a channel. To be killed at a read
 * is to be killed after the write before it.
 */
interface Death {
  readonly at: 'store' | 'channel';
  readonly step: number;
  /** `before`: what was asked for is not done. `after`: it is done, and nobody hears of it. */
  readonly when: 'before' | 'after';
}

/** What became of one attempt at a run. */
interface Attempt {
  readonly error: unknown;
}

/** Digests in the order in which each channel took them, over all attempts. */
type Taken = Readonly<Record<string, Digest[]>>;

async function attempt(targets: readonly Target[], taken: Taken, death?: Death): Promise<Attempt> {
  const steps = { store: 0, channel: 0 };
  let dead = false;
  const dying = async <T>(at: Death['at'] | undefined, work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    if (at === undefined) return work();
    steps[at] += 1;
    const fatal = death?.at === at && death.step === steps[at];
    if (fatal) dead = true;
    if (fatal && death.when === 'before') throw new Killed();
    const result = await work();
    if (fatal) throw new Killed();
    return result;
  };
  const client = new Proxy(here.table.client, {
    get: (target, name) =>
      name === 'send'
        ? (command: Request) => dying(isRead(command) ? undefined : 'store', async () => target.send(command))
        : Reflect.get(target, name),
  });
  const table: Table = { client, name: here.table.name };
  const channels: Channel[] = Object.entries(taken).map(([name, digests]) => ({
    name,
    deliver: (digest) =>
      dying('channel', async () => {
        digests.push(digest);
      }),
  }));
  try {
    // Only what is due: what a killed run marked as done must be done.
    await here.run(targets, { table, channels, all: false });
    return { error: undefined };
  } catch (error) {
    return { error };
  }
}

type Request = Parameters<Table['client']['send']>[0];

function isRead(command: Request): boolean {
  return ['GetCommand', 'BatchGetCommand', 'QueryCommand'].includes(command.constructor.name);
}

const nothingTaken = (): Taken => ({ terminal: [], webhook: [] });
const alertIds = (digests: readonly Digest[]) =>
  digests.flatMap((digest) => digest.alerts.map(({ event, id }) => `${event} ${id}`)).sort();

/** A prepared inventory, and a run that finds something to say. */
interface Scene {
  readonly items: readonly Item[];
  readonly now: Date;
  readonly targets: readonly Target[];
}

/** The observed instants and ledger versions that never go back, by key. */
function marks(items: readonly Item[]): Map<string, string> {
  return new Map(
    items.map((item) => [
      `${item['pk']} ${item['sk']}`,
      `${item['observedAt'] ?? ''}#${String(item['version'] ?? 0).padStart(6, '0')}`,
    ]),
  );
}

async function expectNothingLost(scene: Scene, death: Death, expected: readonly string[]): Promise<boolean> {
  const what = `${death.when} step ${death.step} of the ${death.at}`;
  await replaceItems(here.table, scene.items);
  const taken = nothingTaken();
  setClock(here, scene.now);
  const killed = await attempt(scene.targets, taken, death);
  if (killed.error === undefined) return false;
  expect(killed.error, what).toBeInstanceOf(Killed);
  const left = marks(await itemsOf(here.table));

  here.pass({ minutes: 7 });
  const next = await attempt(scene.targets, taken);
  expect(next.error, what).toBeUndefined();
  if (death.at === 'channel') {
    const heardBefore = JSON.stringify(taken);
    here.pass({ minutes: 7 });
    expect((await attempt(scene.targets, taken)).error, what).toBeUndefined();
    expect(JSON.stringify(taken), what).toBe(heardBefore);
  }

  let repeated = 0;
  for (const [channel, digests] of Object.entries(taken)) {
    const byId = new Map<string, Digest>();
    for (const digest of digests) {
      const first = byId.get(digest.id);
      if (first === undefined) byId.set(digest.id, digest);
      else {
        repeated += 1;
        const { delivered: _now, ...again } = digest;
        const { delivered: _then, ...once } = first;
        expect(again, `${channel} got another text under the same id, killed ${what}`).toEqual(once);
      }
    }
    expect(alertIds([...byId.values()]), `${channel}, killed ${what}`).toEqual(expected);
  }
  expect(repeated, what).toBeLessThanOrEqual(1);
  expect(await all(undeliveredLedger(here.table)), what).toEqual([]);
  expect(await all(undeliveredDigests(here.table)), what).toEqual([]);
  const end = marks(await itemsOf(here.table));
  for (const [key, mark] of left) expect((end.get(key) ?? '~') >= mark, `${key}, killed ${what}`).toBe(true);
  return true;
}

/** Kills the run of a scene at each of its steps. */
async function killEverywhere(scene: Scene): Promise<{ deaths: number; expected: readonly string[] }> {
  await replaceItems(here.table, scene.items);
  const reference = nothingTaken();
  setClock(here, scene.now);
  expect((await attempt(scene.targets, reference)).error).toBeUndefined();
  const expected = alertIds(reference['terminal'] ?? []);
  let deaths = 0;
  for (const at of ['channel', 'store'] as const) {
    for (const when of ['before', 'after'] as const) {
      for (let step = 1; await expectNothingLost(scene, { at, step, when }, expected); step += 1) deaths += 1;
    }
  }
  return { deaths, expected };
}

function setClock(clock: World, now: Date): void {
  clock.pass({ minutes: (now.getTime() - clock.now.getTime()) / 60_000 });
}

const leaf = (name: string, days: number): Promise<Issued> =>
  mint({ subject: `CN=${name}`, notBefore: later((days - 90) * DAY, new Date()), days });

let ageing: Issued;
let dying: Issued;
let fresh: Issued;

beforeAll(async () => {
  [ageing, dying, fresh] = await Promise.all([
    leaf('ageing.test', 23),
    leaf('dying.test', 4),
    leaf('fresh.test', 89),
  ]);
});

// Some hundred runs: seconds on an idle machine, and never a matter of a timeout on a busy one.
describe('a process that is killed at any step', { timeout: 120_000 }, () => {
  it('of its first run loses nothing, and repeats one message at the most', async () => {
    const targets = [
      bundle('file', await here.file('dying.pem', dying), { owner: 'a' }),
      bundle('file', await here.file('ageing.pem', ageing)),
    ];
    const scene = { items: [], now: here.now, targets };
    const { deaths, expected } = await killEverywhere(scene);
    expect(expected).toHaveLength(1);
    expect(deaths).toBeGreaterThan(30);
  });

  it('of a run full of news loses nothing, and repeats one message at the most', async () => {
    const path = await here.file('replaced.pem', dying);
    const replaced = bundle('file', path, { owner: 'a' });
    const nearing = bundle('file', await here.file('ageing.pem', ageing), { owner: 'b' });
    const removed = bundle('file', await here.file('removed.pem', dying), { owner: 'a' });
    const dead = bundle('file', '/nowhere/dead.pem', { owner: 'b' });
    // One is replaced and absent once, one is dead for the second time, one is about to step onto its first rung.
    await here.run([replaced, nearing, removed, dead]);
    await here.file('replaced.pem', fresh);
    here.pass({ hours: 2 });
    expect((await here.run([replaced, nearing, removed, dead])).told).toEqual([]);
    const items = await itemsOf(here.table);
    const soon = new Date(here.now.getTime() + DAY);
    const { deaths, expected } = await killEverywhere({
      items,
      now: soon,
      targets: [replaced, nearing, dead],
    });
    expect(expected.map((id) => id.replace(/[a-z]+:\/.*\/|[0-9a-f]{64}/g, '')).sort()).toEqual([
      'opened ageing.pem|expiring||1|notice',
      'opened dead.pem|could-not-observe|-|1|warning',
      'resolved replaced.pem|expiring||1|resolved',
      'withdrawn removed.pem|expiring||1|withdrawn',
    ]);
    expect(deaths).toBeGreaterThan(50);
  });
});
