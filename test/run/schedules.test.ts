/**
 * The deployed monitor in schedules that nobody would choose: messages late, twice and out of order, a channel that
 * refuses, a table that throttles, processes that are killed. Whatever happens, nothing is lost, next to nothing is
 * repeated, and nothing is said that is not so.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/alert.ts';
import type { Certificate } from '../../lib/core/certificate.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { EndpointTarget } from '../../lib/core/target.ts';
import { undeliveredDigests } from '../../lib/store/digests.ts';
import { noteDue } from '../../lib/store/due.ts';
import { undeliveredLedger } from '../../lib/store/ledger.ts';
import { readTarget } from '../../lib/store/read-target.ts';
import type { Table } from '../../lib/store/table.ts';
import { putTarget } from '../../lib/store/targets.ts';
import { all, storeUnderTest } from '../store/store-under-test.ts';
import { certificate, DAY, endpointTarget, HOUR, iso, later, T0 } from '../support/facts.ts';
import { isRead, Killed, type Pipeline, pipeline, recordOf, tableThrough } from './pipeline.ts';
import { itemsOf, replaceItems } from './world.ts';

const names = ['ending', 'renewed', 'healthy', 'dying'].map(
  (name) => ({ type: 'dns', value: `${name}.test` }) as const,
);
const leaf = (name: string, days: number, from = T0): Certificate =>
  certificate(name, { subjectAltNames: names, notBefore: iso(from), notAfter: iso(later(days * DAY, from)) });

/** Ends in six days and is never renewed; is renewed on the fourth day; lives long; is dead from the second day on. */
const ending = endpointTarget('ending.test', { owner: 'a' });
const renewed = endpointTarget('renewed.test', { owner: 'a' });
const healthy = endpointTarget('healthy.test', { owner: 'b' });
const dying = endpointTarget('dying.test', { owner: 'b' });
const TARGETS: readonly EndpointTarget[] = [ending, renewed, healthy, dying];
const LEAVES = {
  ending: leaf('ending', 6),
  before: leaf('before', 6),
  after: leaf('after', 300, later(4 * DAY)),
  healthy: leaf('healthy', 300),
  dying: leaf('dying', 300),
};

function serves({ id }: { readonly id: string }, now: Date): Certificate | undefined {
  const days = (now.getTime() - T0.getTime()) / DAY;
  if (id === ending.id) return LEAVES.ending;
  if (id === renewed.id) return days < 4.9 ? LEAVES.before : LEAVES.after;
  if (id === healthy.id) return LEAVES.healthy;
  return days < 2 ? LEAVES.dying : undefined;
}

describe('the deployed monitor', () => {
  const store = storeUnderTest();
  let table: Table;
  beforeEach(async () => {
    await replaceItems(store(), []);
    table = { ...store() };
  });

  const install = async () => {
    for (const target of TARGETS) await putTarget(table, recordOf(target, T0));
    await noteDue(
      table,
      TARGETS.map(({ id }) => ({ target: id })),
      T0,
    );
  };

  /** Instants and versions that must never go back, by key. */
  const marks = async () =>
    new Map(
      (await itemsOf(table)).map((item) => [
        `${item['pk']} ${item['sk']}`,
        `${item['observedAt'] ?? ''}#${String(item['version'] ?? 0).padStart(6, '0')}`,
      ]),
    );

  const expectForward = (before: Map<string, string>, after: Map<string, string>) => {
    for (const [key, mark] of before) {
      const now = after.get(key);
      if (now !== undefined) expect(now >= mark, `${key} went back`).toBe(true);
    }
  };

  /** Alerts by id, and how many messages of their own carried each. */
  const alertsOf = ({ taken }: Pipeline) => {
    const digests = new Map(taken.map((digest) => [digest.id, digest]));
    const carried = new Map<string, number>();
    for (const { alerts } of digests.values())
      for (const { id } of alerts) carried.set(id, (carried.get(id) ?? 0) + 1);
    return { carried, digests: [...digests.values()] };
  };

  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('pass' as const), hours: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('dispatch' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('probe' as const), pick: fc.nat(5), twice: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('delay' as const),
        pick: fc.nat(5),
        hours: fc.integer({ min: 1, max: 20 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('evaluate' as const), refuses: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('kill' as const),
        what: fc.constantFrom('probe' as const, 'evaluate' as const),
        step: fc.integer({ min: 1, max: 25 }),
        after: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('throttle' as const),
        what: fc.constantFrom('probe' as const, 'evaluate' as const),
        step: fc.integer({ min: 1, max: 25 }),
      }),
    },
  );

  /** Runs `work` on a table of which the n-th write fails: once, or with the whole process. */
  const failing = async (
    step: number,
    { once, after }: { readonly once: boolean; readonly after: boolean },
    work: (table: Table) => Promise<unknown>,
  ): Promise<void> => {
    let count = 0;
    let dead = false;
    const fragile = tableThrough(table, async (command, send) => {
      if (dead) throw new Killed();
      if (isRead(command)) return send();
      count += 1;
      if (count !== step) return send();
      dead = !once;
      if (after) await send();
      throw once ? Object.assign(new Error('slow down'), { name: 'ThrottlingException' }) : new Killed();
    });
    await work(fragile).catch((error: Error) => {
      // What a function throws is the queue's and the schedule's business: both come again.
      if (!/Killed|slow down/.test(`${error.constructor.name} ${error.message}`)) throw error;
    });
  };

  // Each schedule is some hundred requests to a real store: seconds, and never a matter of a timeout on a busy machine.
  it('loses nothing and invents nothing, in whatever order things happen', {
    timeout: 1_200_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 20 }), async (actions) => {
        await replaceItems(table, []);
        table = { ...store() };
        await install();
        const monitor = pipeline(T0, serves);
        await monitor.settle(table);
        let faults = 0;
        let before = await marks();
        for (const each of actions) {
          switch (each.do) {
            case 'pass':
              monitor.now = later(each.hours * HOUR, monitor.now);
              break;
            case 'dispatch':
              await monitor.dispatch(table);
              break;
            case 'probe': {
              const index = each.pick % Math.max(1, monitor.queue.length);
              const message = monitor.queue[index];
              await monitor.probe(table, index);
              if (each.twice && message !== undefined) {
                monitor.queue.push(message);
                await monitor.probe(table, monitor.queue.length - 1);
              }
              break;
            }
            case 'delay': {
              const message = monitor.queue[each.pick % Math.max(1, monitor.queue.length)];
              if (message !== undefined) message.from = later(each.hours * HOUR, monitor.now);
              break;
            }
            case 'evaluate':
              monitor.refuses = each.refuses;
              await monitor.evaluate(table);
              break;
            default: {
              faults += 1;
              const how = { once: each.do === 'throttle', after: each.do === 'kill' && each.after };
              await failing(each.step, how, (fragile) =>
                each.what === 'probe' ? monitor.probe(fragile) : monitor.evaluate(fragile),
              );
            }
          }
          const after = await marks();
          expectForward(before, after);
          before = after;
        }
        // Then all is well again, for three days.
        for (let hours = 0; hours <= 72; hours += 12) {
          await monitor.settle(table);
          monitor.now = later(12 * HOUR, monitor.now);
        }

        // Everything that was decided was said, but for what still waits for others.
        const waiting = (await all(undeliveredLedger(table))).flatMap(({ pending }) => pending);
        const isDue = ({ leaveBy }: Alert) => Date.parse(leaveBy) <= monitor.now.getTime() - 12 * HOUR;
        expect(waiting.filter(isDue)).toEqual([]);
        expect(await all(undeliveredDigests(table))).toEqual([]);
        const { carried, digests } = alertsOf(monitor);
        // At most one message is repeated for each fault, and no alert stands in more than two.
        expect(monitor.taken.length - digests.length).toBeLessThanOrEqual(faults);
        for (const [id, count] of carried) expect(count, id).toBeLessThanOrEqual(faults === 0 ? 1 : 2);
        const said = digests.flatMap(({ alerts }) => alerts);

        const days = (monitor.now.getTime() - T0.getTime()) / DAY;
        for (const target of TARGETS) {
          const { state, ledger } = await readTarget(table, target.id);
          // Every target was looked at: nothing is forgotten in a queue.
          expect(monitor.now.getTime() - Date.parse(state?.observedAt ?? ''), target.id).toBeLessThan(
            2 * DAY,
          );
          for (const { announced, story, fingerprint, episode } of ledger) {
            if (announced === null) continue;
            const rungs = [...said, ...waiting].filter(({ id }) =>
              id.startsWith(`${target.id}|${story}|${fingerprint ?? '-'}|${episode}|${announced}`),
            );
            expect(rungs.length, `${target.id} ${story} ${announced}`).toBeGreaterThan(0);
          }
        }
        const about = (target: EndpointTarget) =>
          said.filter((alert) => alert.target === target.id).map(({ check }) => check);
        // A network fault says nothing about a certificate, and nothing is said of what is well.
        expect(about(healthy)).toEqual([]);
        expect(about(dying).filter((check) => check !== 'could-not-observe')).toEqual([]);
        // Three failures in a row take two days at most, looks twice a day.
        if (days > 4.5) expect(about(dying)).toContain('could-not-observe');
        if (days < 2) expect(about(dying)).toEqual([]);
        // What is over is called so only where it was seen to be.
        const over = said.filter(({ event, target }) => event === 'resolved' && target !== renewed.id);
        expect(
          over.filter(({ check }) => check !== 'could-not-observe' && check !== 'monitor-impaired'),
        ).toEqual([]);
        // The last look was half a day before.
        if (days > 6.6) expect(about(ending)).toContain('expired');
        expect(about(renewed)).not.toContain('expired');
      }),
      { numRuns: Number(process.env['NOTAFTER_SCHEDULES'] ?? 6) },
    );
  });

  it('that is killed at any write, in any function, loses nothing and repeats one message at the most', {
    timeout: 240_000,
  }, async () => {
    await install();
    const early = pipeline(T0, serves, DEFAULT_POLICY);
    await early.settle(table);
    early.now = later(4.6 * DAY);
    await early.settle(table);
    early.now = later(4.95 * DAY);
    await early.settle(table);
    const items = await itemsOf(table);
    const start = later(5.3 * DAY);

    /** One pulse, its messages, and the pulse after it; `death` kills one of these processes at a write. */
    const play = async (death?: { readonly step: number; readonly after: boolean }) => {
      await replaceItems(table, items);
      table = { ...store() };
      const monitor = pipeline(start, serves, DEFAULT_POLICY);
      let count = 0;
      let wasKilled = false;
      const process = async (work: (table: Table) => Promise<unknown>) => {
        let dead = false;
        const fragile = tableThrough(table, async (command, send) => {
          if (dead) throw new Killed();
          if (isRead(command)) return send();
          count += 1;
          if (count !== death?.step) return send();
          dead = true;
          wasKilled = true;
          if (death.after) await send();
          throw new Killed();
        });
        await work(fragile).catch((error: Error) => {
          if (!wasKilled) throw error;
        });
      };
      await process((fragile) => monitor.dispatch(fragile));
      await process((fragile) => monitor.evaluate(fragile));
      for (const _ of [...monitor.queue]) await process((fragile) => monitor.probe(fragile));
      await process((fragile) => monitor.evaluate(fragile));
      for (let round = 0; round < 2; round += 1) {
        monitor.now = later(2 * HOUR, monitor.now);
        await monitor.settle(table);
      }
      return { monitor, wasKilled };
    };

    const reference = alertsOf((await play()).monitor);
    const expected = [...reference.carried.keys()].sort();
    expect(expected.length).toBeGreaterThan(2);
    let deaths = 0;
    for (const after of [false, true]) {
      for (let step = 1; ; step += 1) {
        const { monitor, wasKilled } = await play({ step, after });
        if (!wasKilled) break;
        deaths += 1;
        const { carried, digests } = alertsOf(monitor);
        const what = `killed ${after ? 'after' : 'before'} write ${step}`;
        expect([...carried.keys()].sort(), what).toEqual(expected);
        expect(monitor.taken.length - digests.length, what).toBeLessThanOrEqual(1);
        expect(await all(undeliveredLedger(table)), what).toEqual([]);
        expect(await all(undeliveredDigests(table)), what).toEqual([]);
      }
    }
    expect(deaths).toBeGreaterThan(30);
  });
});
