import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert, Digest } from '../../lib/core/alert.ts';
import type { LedgerEntry } from '../../lib/core/ledger.ts';
import { deliver } from '../../lib/run/deliver.ts';
import { textBudget } from '../../lib/run/text-budget.ts';
import { saveLedger, undeliveredLedger } from '../../lib/store/ledger.ts';
import type { Table } from '../../lib/store/table.ts';
import { listTextGrants } from '../../lib/store/texts.ts';
import { digest } from '../notify/samples.ts';
import { all, storeUnderTest } from '../store/store-under-test.ts';
import { DAY, HOUR, iso, later, T0 } from '../support/facts.ts';
import { isRead, Killed, tableThrough } from './pipeline.ts';
import { replaceItems } from './world.ts';

const store = storeUnderTest();
let table: Table;
beforeEach(async () => {
  await replaceItems(store(), []);
  table = { ...store() };
});

/** Stores a finding with something to say. */
async function pending(target: string, facts: Partial<Alert> = {}): Promise<void> {
  const alert: Alert = {
    id: `${target}|expiring|aa|1|critical`,
    event: 'opened',
    target,
    owner: 'ops',
    check: 'expiring',
    fingerprint: 'a'.repeat(64),
    severity: 'critical',
    rung: 'critical',
    message: 'it ends',
    advice: '',
    missed: [],
    episode: 1,
    decidedAt: iso(T0),
    leaveBy: iso(T0),
    latestBy: iso(later(DAY)),
    ...facts,
  };
  const { check, severity, rung, message, advice, fingerprint, episode } = alert;
  const entry: LedgerEntry = {
    target,
    story: 'expiring',
    check,
    severity,
    rung,
    message,
    advice,
    fingerprint,
    episode,
    state: 'open',
    announced: rung,
    openedAt: iso(T0),
    pending: [alert],
    version: 1,
  };
  expect((await saveLedger(table, [entry])).lost).toEqual([]);
}

/** Which targets are named by the messages that leave at an instant. */
async function leaving(now: Date, complete: readonly string[] = []): Promise<readonly string[][]> {
  const told: string[][] = [];
  await deliver(table, [], {
    channels: [
      { name: 'test', deliver: async ({ alerts }) => void told.push(alerts.map(({ target }) => target)) },
    ],
    channelsComplete: true,
    isComplete: (source) => complete.includes(source),
    runId: `run-${now.toISOString()}`,
    now,
    fence: () => undefined,
  });
  return told;
}

describe('an alert that can wait', () => {
  it('stays in the ledger until its time has come, and leaves with the first of its kind', async () => {
    const warning = { severity: 'warning', rung: 'warning' } as const;
    await pending('a', { ...warning, leaveBy: iso(later(HOUR)) });
    await pending('b', { ...warning, leaveBy: iso(later(2 * HOUR)) });
    expect(await leaving(later(HOUR / 2))).toEqual([]);
    expect(await all(undeliveredLedger(table))).toHaveLength(2);
    expect(await leaving(later(HOUR))).toEqual([['a', 'b']]);
    expect(await all(undeliveredLedger(table))).toEqual([]);
    expect(await leaving(later(DAY))).toEqual([]);
  });

  it('is a first look until its source is complete', async () => {
    await pending('a', { event: 'baseline', source: 'acm/1/eu', leaveBy: iso(later(DAY)) });
    expect(await leaving(T0)).toEqual([]);
    expect(await leaving(T0, ['acm/1/eu'])).toEqual([['a']]);
  });
});

describe('a first look that names some and counts the rest', () => {
  it('is made once, although the process was killed before it let go of them', async () => {
    for (let index = 0; index < 130; index += 1)
      await pending(`t${String(index).padStart(3, '0')}`, {
        event: 'baseline',
        id: `b${index}`,
        fingerprint: null,
      });
    let writes = 0;
    const dying = tableThrough(table, async (command, send) => {
      if (isRead(command)) return send();
      writes += 1;
      // The message is stored, and some of what it carries and counts is let go.
      if (writes > 60) throw new Killed();
      return send();
    });
    const told: (readonly [number, number])[] = [];
    const options = {
      channels: [
        {
          name: 'test',
          deliver: async ({ alerts, omitted }: Digest) => void told.push([alerts.length, omitted]),
        },
      ],
      channelsComplete: true,
      isComplete: () => true,
      runId: 'run-1',
      now: T0,
      fence: () => undefined,
    };
    await expect(deliver(dying, [], options)).rejects.toBeInstanceOf(Killed);
    await deliver(table, [], { ...options, runId: 'run-2', now: later(HOUR) });
    expect(told).toEqual([[100, 30]]);
    expect(await all(undeliveredLedger(table))).toEqual([]);
  });
});

describe('the end of a certificate that an owner heard of', () => {
  it('at a further place waits for a quiet moment', async () => {
    await pending('a');
    expect(await leaving(T0)).toEqual([['a']]);
    await pending('b');
    expect(await leaving(later(HOUR))).toEqual([]);
    expect(await leaving(later(DAY))).toEqual([['b']]);
  });

  it.each([
    ['somebody else', { owner: 'pay' }],
    ['a graver rung', { rung: 'last' }],
    ['one that came back', { episode: 2, id: 'b|expiring|aa|2|critical' }],
    ['another check', { check: 'name-mismatch' }],
    ['another certificate', { fingerprint: 'b'.repeat(64) }],
  ] as const)('does not keep %s waiting', async (_, facts) => {
    await pending('a');
    await leaving(T0);
    await pending('b', facts);
    expect(await leaving(later(HOUR))).toEqual([['b']]);
  });
});

describe('a canary that is refused', () => {
  it('keeps no mail back', async () => {
    await pending('canary:self', { owner: null });
    await pending('a');
    const told: string[] = [];
    const { failures } = await deliver(table, [], {
      channels: [
        {
          name: 'sns',
          takesCanaries: true,
          deliver: async ({ class: kind }) => {
            if (kind === 'canary') throw new Error('there is no such topic');
            told.push(kind);
          },
        },
      ],
      channelsComplete: true,
      isComplete: () => true,
      runId: 'run-1',
      now: T0,
      fence: () => undefined,
    });
    expect(told).toEqual(['news']);
    expect(failures).toEqual([expect.stringContaining('there is no such topic')]);
  });
});

describe('the budget of text messages', () => {
  const budget = (perMonth: number, numbers = 2) => textBudget(table, { perMonth, numbers });
  const of = (id: string, createdAt = '2026-11-22T14:00:00Z'): Digest => digest({ id, createdAt });

  it('ends with one message that says so, and begins anew with the month', async () => {
    const ask = budget(7);
    const verdicts: string[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) verdicts.push(await ask(of(id)));
    expect(verdicts).toEqual(['texts', 'texts', 'last-text', 'no-texts', 'no-texts']);
    const grants = await listTextGrants(table, '2026-11');
    expect(grants.reduce((sum, { texts }) => sum + texts, 0)).toBeLessThanOrEqual(7);
    expect(await ask(of('f', '2026-12-01T00:00:00Z'))).toBe('texts');
  });

  it('counts a message once, however often it is handed over, and decides the same', async () => {
    const ask = budget(7);
    for (let attempt = 0; attempt < 5; attempt += 1) expect(await ask(of('a'))).toBe('texts');
    expect(await listTextGrants(table, '2026-11')).toHaveLength(1);
    await ask(of('b'));
    expect([await ask(of('c')), await ask(of('c'))]).toEqual(['last-text', 'last-text']);
  });

  it('of nothing, or for nobody, sends nothing and notes nothing', async () => {
    expect(await budget(0)(of('a'))).toBe('no-texts');
    expect(await budget(7, 0)(of('a'))).toBe('no-texts');
    expect(await listTextGrants(table, '2026-11')).toEqual([]);
  });
});
